"""Who calls a model as for training is told, and with which line it is called for inference."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
import torch

import torch_fpga
from torch_fpga.errors import FpgaWarning, UserError

OPTIONS = {"placement": "fpga", "device": "emulation"}


class Model(torch.nn.Module):
    def __init__(self, *layers: torch.nn.Module) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(8, 8), *layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x).softmax(-1)


def _compiled(model: torch.nn.Module) -> torch.nn.Module:
    return torch.compile(model, backend="fpga", options=OPTIONS)


def _quietly(call, *inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("error", FpgaWarning)
        return call(*inputs)


def test_gradients_are_told_at_once_with_the_line_to_add():
    x = torch.randn(4, 8)
    with pytest.warns(FpgaWarning, match=re.escape("with torch.no_grad():")) as told:
        _compiled(Model().eval())(x)
    assert [warning.filename for warning in told if warning.category is FpgaWarning] == [__file__]
    graph = torch_fpga.last_report().graphs[-1]
    assert (graph.status, graph.model) == ("ran", "Model")
    assert "with torch.no_grad():" in str(torch_fpga.last_report())


def test_explain_says_what_a_call_would_do():
    model, x = Model().eval(), torch.randn(4, 8)
    with pytest.warns(FpgaWarning, match="nothing of it goes to the FPGA"):
        report = torch_fpga.explain(model, x, **OPTIONS)
    (graph,) = report.graphs
    assert graph.status == "planned"
    assert {node.reason_code for node in graph.nodes} == {"training"}
    assert all("0x" not in node.op for node in graph.nodes)
    assert "with torch.no_grad():" in str(report)
    assert "while gradients are on" in str(report)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            report = _quietly(lambda: torch_fpga.explain(model, x, **OPTIONS))
        assert {region.device for region in report.graphs[0].regions} == {"fpga"}


def test_export_says_which_line_to_add(tmp_path):
    model, x = Model().eval(), torch.randn(4, 8)
    with pytest.warns(FpgaWarning), pytest.raises(UserError, match=re.escape("with torch.no_grad():")):
        torch_fpga.export(model, x, path=tmp_path / "p", placement="fpga")
    with torch.no_grad():
        _quietly(lambda: torch_fpga.export(model, x, path=tmp_path / "p", placement="fpga"))


@pytest.mark.parametrize(
    "layer",
    [torch.nn.Dropout(0.5), torch.nn.AlphaDropout(0.5), torch.nn.BatchNorm1d(8), torch.nn.RReLU()],
    ids=lambda layer: type(layer).__name__,
)
def test_training_mode_is_told(layer):
    model, x = Model(layer), torch.randn(4, 8)
    with torch.no_grad():
        with pytest.warns(FpgaWarning, match=re.escape("model.eval()")):
            report = torch_fpga.explain(model, x, **OPTIONS)
        assert "`model.eval()`" in report.graphs[0].notes[0]
        model.eval()
        assert _quietly(lambda: torch_fpga.explain(model, x, **OPTIONS)).graphs[0].notes == []


def test_what_training_mode_does_not_change_is_not_told():
    attention = torch.nn.MultiheadAttention(8, 2, dropout=0.0, batch_first=True)
    norm = torch.nn.BatchNorm1d(8, track_running_stats=False)
    with torch.no_grad():
        _quietly(lambda: torch_fpga.explain(Model(torch.nn.Dropout(0.0)), torch.randn(4, 8), **OPTIONS))
        _quietly(lambda: torch_fpga.explain(Model(norm).eval(), torch.randn(4, 8), **OPTIONS))
        _quietly(lambda: torch_fpga.explain(lambda x: attention(x, x, x)[0], torch.randn(1, 4, 8), **OPTIONS))


def test_dropout_in_attention_is_told():
    def f(x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.scaled_dot_product_attention(x, x, x, dropout_p=0.5)

    with pytest.warns(FpgaWarning, match="scaled_dot_product_attention"):
        torch_fpga.explain(f, torch.randn(1, 2, 4, 8))


def test_the_readme_offloads_as_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (Path(torch_fpga.__file__).parent.parent / "README.md").read_text()
    use = text.partition("## Use")[2].partition("\n## ")[0]
    first, _, second = re.findall(r"```python\n(.*?)```", use, re.S)
    index = torch.nn.Linear(64, 20_000, bias=False)  # a search: the scores of an index, and the best of them

    class Search(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.index = index

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.index(x).topk(5).values

    names = {"model": Search(), "x": torch.randn(1, 64)}
    _quietly(lambda: exec(first, names))
    (graph,) = torch_fpga.last_report().graphs
    worth = {"memory-bound", "slower-and-hungrier", "link-cost", "no-gain"}
    assert {node.reason_code for node in graph.nodes} & worth, "it is told where the search runs, and why"
    _quietly(lambda: exec(second, names))
    assert (tmp_path / "report.html").exists()
    assert (tmp_path / "project" / "kernels.json").exists()
