"""What is exported of a model, and what is said where nothing can be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

import torch_fpga
from tests.tools.exporting import kernels
from torch_fpga.codegen.identity import kernel_identity
from torch_fpga.errors import FpgaWarning, UserError


def small(x: torch.Tensor) -> torch.Tensor:
    return x.cumsum(-1)


def twice(x: torch.Tensor) -> torch.Tensor:
    x = x.cumsum(-1)
    torch._dynamo.graph_break()
    x = x.cumsum(-1)
    return x  # noqa: RET504 (the same name as above makes the same kernel)


def two_graphs(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    first = x.cumsum(-1)
    torch._dynamo.graph_break()
    return first, x.sum(0)


def test_exporting_needs_no_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    folder = torch_fpga.export(small, torch.ones(4, 8), path=tmp_path / "p", placement="fpga")
    assert [kernel["name"].split("_")[0] for kernel in kernels(folder)] == ["cumsum"]
    assert not any(path.name.startswith(".") for path in tmp_path.iterdir())


def test_a_model_can_be_exported_any_number_of_times(tmp_path):
    for _ in range(torch._dynamo.config.recompile_limit + 2):
        torch_fpga.export(small, torch.ones(4, 8), path=tmp_path / "p", overwrite=True, placement="fpga")


def test_equal_regions_are_one_kernel_with_one_compute_unit(tmp_path):
    folder = torch_fpga.export(twice, torch.ones(4, 8), path=tmp_path / "p", placement="fpga")
    (kernel,) = kernels(folder)
    assert kernel["instances"] == [f"{kernel['name']}_1"]
    assert f"| `{kernel['name']}` | 2 |" in (folder / "README.md").read_text()


def test_kernels_are_called_after_their_work(tmp_path):
    folder = torch_fpga.export(two_graphs, torch.ones(4, 8), path=tmp_path / "p", placement="fpga")
    assert [kernel["name"].split("_")[0] for kernel in kernels(folder)] == ["cumsum", "reduce"]


def test_names_fit_c_and_xrt(tmp_path):
    class ÜberlongNameOfAModuleThatSomebodyWrote(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.cumsum(-1)

    folder = torch_fpga.export(
        ÜberlongNameOfAModuleThatSomebodyWrote(), torch.ones(8), path=tmp_path / "p", placement="fpga"
    )
    (kernel,) = kernels(folder)
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,29}", kernel["name"])


def test_what_the_lint_finds_is_beside_the_kernel(tmp_path, caplog):
    def more_inputs_than_channels(*inputs: torch.Tensor) -> torch.Tensor:
        total = inputs[0].t().cumsum(-1)
        for each in inputs[1:]:
            total = total + each.cumsum(-1)
        return total

    with pytest.warns(FpgaWarning, match="the card has 32 memory ports and 33 are wanted"):
        folder = torch_fpga.export(
            more_inputs_than_channels, *torch.ones(33, 8, 8).unbind(), path=tmp_path / "p", placement="fpga"
        )
    (kernel,) = kernels(folder)
    found = (folder / "lint" / f"{kernel['name']}.txt").read_text()
    assert "error: gmem32: the kernel has 33 bundles of ports" in found
    assert re.search(r"test_export\.py:\d+: .*cumsum\(-1\).*\n(note|slow): load inputs_0: ", found)
    assert "- gmem32: the kernel has 33 bundles of ports" in (folder / "README.md").read_text()
    errors, slow, notes = (len(re.findall(rf"^{kind}: ", found, re.MULTILINE)) for kind in ("error", "slow", "note"))
    assert f"| {errors}, {slow}, {notes} |" in (folder / "README.md").read_text()
    assert f"errors that the lint finds in {kernel['name']}: {errors}" in caplog.text


def test_a_strided_input_is_exported_as_it_lies_in_memory(tmp_path):
    x = torch.arange(24.0).reshape(4, 6).t()
    folder = torch_fpga.export(small, x, path=tmp_path / "p", placement="fpga")
    (file,) = folder.glob("data/*/in0_*.bin")
    assert torch.equal(torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.float32), torch.arange(24.0))


def test_golden_inputs_are_those_before_a_buffer_was_written(tmp_path):
    class Cache(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("keys", torch.zeros(8))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            old = self.keys.cumsum(-1)
            self.keys.copy_(x)
            return old

    folder = torch_fpga.export(Cache(), torch.ones(8), path=tmp_path / "p", placement="fpga")
    for file in folder.glob("data/*/*.bin"):
        assert not any(file.read_bytes()), file


def test_identity_is_that_of_a_compiled_graph(tmp_path):
    x = torch.ones(4, 8)
    folder = torch_fpga.export(small, x, path=tmp_path / "p", placement="fpga")
    torch._dynamo.reset()
    with torch.no_grad():
        torch.compile(small, backend="fpga", options={"placement": "fpga", "device": "emulation"})(x)
    (region,) = torch_fpga.last_report().graphs[0].regions
    source = Path(region.kernel_cpp).read_text()
    name = re.search(r'extern "C" void (\w+)', source)[1]
    assert name == kernels(folder)[0]["name"]
    assert kernel_identity(name, source) == kernels(folder)[0]["identity"]


def test_a_path_that_is_taken(tmp_path):
    arguments = {"path": tmp_path / "p", "placement": "fpga"}
    folder = torch_fpga.export(small, torch.ones(8), **arguments)
    (folder / "mine").write_text("kept")
    with pytest.raises(UserError, match=r"exists and is not empty \[path-exists\]\nwhat to do: .*overwrite=True"):
        torch_fpga.export(small, torch.ones(8), **arguments)
    assert (folder / "mine").exists()
    torch_fpga.export(small, torch.ones(8), overwrite=True, **arguments)
    assert not (folder / "mine").exists()


def test_only_an_export_is_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UserError, match="is not an exported project"):
        torch_fpga.export(small, torch.ones(8), path=tmp_path, overwrite=True, placement="fpga")
    assert (tmp_path / "thesis.tex").exists()


def test_nothing_for_the_fpga(tmp_path):
    with pytest.raises(UserError) as error:
        torch_fpga.export(small, torch.ones(8), path=tmp_path / "p", placement="gpu")
    assert "placement='gpu' keeps everything on the GPU" in str(error.value)
    assert "test_export.py" in str(error.value), "the user's line"
    assert not (tmp_path / "p").exists()


def test_an_option_that_is_not_known(tmp_path):
    with pytest.raises(UserError, match="did you mean 'target'"):
        torch_fpga.export(small, torch.ones(8), path=tmp_path / "p", targt="u280")
