"""Graphs carry the name by which the user knows what they were captured from."""

from __future__ import annotations

import pytest
import torch

import torch_fpga


class Plain(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.cumsum(-1)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum(-1)


class Inherits(Plain):
    pass


class Broken(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.cumsum(-1)
        torch._dynamo.graph_break()
        return x.sum(-1)


def step(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    return model(x)


def _local():
    def inner(x: torch.Tensor) -> torch.Tensor:
        return x.cumsum(-1)

    return inner


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Plain(), ["Plain"]),
        (Inherits(), ["Inherits"]),
        (Inherits().encode, ["Inherits.encode"]),
        (Broken(), ["Broken", "Broken"]),
        (torch.nn.Softmax(-1), ["Softmax"]),
        (torch.nn.Sequential(torch.nn.ReLU()), ["Sequential"]),
        (_local(), ["inner"]),
        (lambda x: x.cumsum(-1), ["<lambda>"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_graph_is_named_after_what_it_was_captured_from(model, names):
    graphs = torch_fpga.explain(model, torch.randn(4, 8)).graphs
    assert [graph.model for graph in graphs] == names
    assert [graph.title for graph in graphs] == [f"{graph.model} {graph.name}" for graph in graphs]


def test_a_function_that_gets_a_module_has_its_own_name():
    (graph,) = torch_fpga.explain(step, Plain(), torch.randn(4, 8)).graphs
    assert graph.model == "step"
    assert graph.place.endswith(f"test_frame.py:{step.__code__.co_firstlineno}:step")


def test_the_report_says_the_name():
    report = torch_fpga.explain(Plain(), torch.randn(4, 8))
    title = report.graphs[0].title
    assert title.startswith("Plain graph")
    assert f"━━ {title} (planned)" in report.text()
    assert f"<h2>{title} <small>" in report.html()


def test_sizes_are_those_of_the_inputs_and_not_of_the_parameters():
    with torch.no_grad():
        (graph,) = torch_fpga.explain(torch.nn.Linear(8, 3), torch.randn(4, 8)).graphs
    assert graph.sizes == {"args[0].size(0)": 4, "args[0].size(1)": 8, "args[0].stride(0)": 8, "args[0].stride(1)": 1}
    assert graph.symbolic == []
