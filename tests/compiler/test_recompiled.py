"""A size that changes moves regions off the FPGA: that is said, and explain and export do not depend on it."""

from __future__ import annotations

import json
import warnings

import pytest
import torch
from torch._dynamo import pgo

import torch_fpga
from torch_fpga.compiler import record
from torch_fpga.errors import FpgaWarning

OPTIONS = {"placement": "fpga", "device": "emulation"}


def search(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    return (x @ index).topk(2).values


def _call(compiled, *rows: int) -> None:
    index = torch.ones(8, 16)
    for count in rows:
        x = torch.randn(count, 8)
        torch.testing.assert_close(compiled(x, index), search(x, index), rtol=1e-4, atol=1e-5)


def scaled(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    return (x @ index * x.shape[0]).topk(2).values  # a number that varies is no argument of a kernel


def test_lost_regions_are_told_with_the_size():
    compiled, index = torch.compile(scaled, backend="fpga", options=OPTIONS), torch.ones(8, 16)
    compiled(torch.randn(4, 8), index)
    with pytest.warns(FpgaWarning, match=r"(?s)x\.size\(0\) was 4 and is 5 now.*dynamic=False") as told:
        compiled(torch.randn(5, 8), index)
    assert [warning.filename for warning in told if warning.category is FpgaWarning] == [__file__]
    first, second = torch_fpga.last_report().graphs
    assert first.fallbacks == []
    (row,) = second.fallbacks
    assert (row.region, row.reason_code) == (f"fpga0 of {first.name}", "size-changed")
    text = str(torch_fpga.last_report())
    assert "x.size(0) was 4 and is 5 now" in text
    assert "mark_static" in text
    assert second.symbolic == ["x.size(0)"]


def _quietly(call, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error", FpgaWarning)
        return call(*arguments)


def test_what_loses_nothing_is_not_told():
    _quietly(_call, torch.compile(search, backend="fpga", options=OPTIONS), 4, 5, 6)
    torch._dynamo.reset()
    record.reset()
    _quietly(_call, torch.compile(search, backend="fpga", options=OPTIONS, dynamic=False), 4, 5, 6)
    torch._dynamo.reset()
    record.reset()
    _quietly(_call, torch.compile(search, backend="fpga", options=OPTIONS, dynamic=True), 4, 5)
    torch._dynamo.reset()
    _quietly(_call, torch.compile(search, backend="fpga", options={**OPTIONS, "placement": "gpu"}), 4, 5)


def test_another_function_is_not_compared():
    def other(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        return (x @ index).topk(2).values

    x = torch.randn(5, 8)
    torch._dynamo.mark_dynamic(x, 0)
    _quietly(_call, torch.compile(search, backend="fpga", options=OPTIONS), 4)
    _quietly(torch.compile(other, backend="fpga", options=OPTIONS), x, torch.ones(8, 16))
    assert torch_fpga.last_report().graphs[-1].fallbacks == []


def _fpga_regions(report) -> int:
    return sum(1 for graph in report.graphs for _ in graph.on("fpga"))


@pytest.mark.parametrize("rows", [(4, 5), tuple(range(2, 14))], ids=["symbolic", "many"])
def test_explain_and_export_take_sizes_as_fixed_after_others(rows, tmp_path):
    compiled = torch.compile(search, backend="fpga", options=OPTIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FpgaWarning)
        _call(compiled, *rows)
    for model in (search, compiled):
        report = torch_fpga.explain(model, torch.randn(6, 8), torch.ones(8, 16), **OPTIONS)
        assert _fpga_regions(report) == 1
        assert report.graphs[0].sizes["x.size(0)"] == 6
        folder = torch_fpga.export(
            model, torch.randn(6, 8), torch.ones(8, 16), path=tmp_path / "p", overwrite=True, placement="fpga"
        )
        assert len(json.loads((folder / "kernels.json").read_text())["kernels"]) == 1


def test_explain_after_dynamo_gave_the_function_up():
    compiled = torch.compile(search, backend="fpga", options=OPTIONS, dynamic=False, recompile_limit=2)
    _call(compiled, 2, 3, 4, 5)
    assert len(torch_fpga.last_report().graphs) == 2
    assert _fpga_regions(torch_fpga.explain(search, torch.randn(9, 8), torch.ones(8, 16), **OPTIONS)) == 1


def test_explain_leaves_what_is_compiled_alone():
    compiled = torch.compile(search, backend="fpga", options=OPTIONS)
    _call(compiled, 4)
    seen = {code.name: dict(state.automatic_dynamic) for code, state in pgo.get_code_state().items()}
    for rows in (4, 5, 6):
        torch_fpga.explain(search, torch.randn(rows, 8), torch.ones(8, 16), **OPTIONS)
    assert {code.name: dict(state.automatic_dynamic) for code, state in pgo.get_code_state().items()} == seen
    _call(compiled, 4)
    assert len(torch_fpga.last_report().graphs) == 1
    assert torch_fpga.last_report().graphs[0].regions[0].calls == 2
