"""Texts of graphs: equal for equal work, different wherever a compiler would see a difference, none where in doubt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import ShapeEnv

from tests.kernels import trace
from torch_fpga.compiler.graph_text import graph_text

aten = torch.ops.aten


def _graph() -> fx.GraphModule:
    """Two results of one input, each with an argument to change."""
    return trace(lambda x: ((x + 1.0).softmax(-1), x.topk(2).indices), torch.randn(4, 8))


def _node(graph: fx.GraphModule, target: str) -> fx.Node:
    return next(node for node in graph.graph.nodes if target in str(node.target))


def _swap_results(graph: fx.GraphModule) -> None:
    output = graph.graph.output_node()
    output.args = (tuple(reversed(output.args[0])),)


def _read_constant(graph: fx.GraphModule) -> None:
    graph.constant = torch.ones(8)
    with graph.graph.inserting_before(_node(graph, "add")):
        _node(graph, "add").update_arg(1, graph.graph.get_attr("constant"))


def _strided(shape: tuple[int, ...], strides: tuple[int, ...], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.empty_strided(shape, strides, dtype=dtype, device="meta")


CHANGES: dict[str, Callable[[fx.GraphModule], object]] = {
    "a float to an int": lambda g: _node(g, "add").update_arg(1, 1),
    "a float to a bool": lambda g: _node(g, "add").update_arg(1, True),
    "a number in its last digit": lambda g: _node(g, "add").update_arg(1, 1.0 + 2**-52),
    "an operand": lambda g: _node(g, "softmax").update_arg(0, _node(g, "arg0")),
    "an operator": lambda g: setattr(_node(g, "add"), "target", aten.sub.Tensor),
    "a keyword": lambda g: _node(g, "topk").update_kwarg("largest", False),
    "a shape": lambda g: _node(g, "arg0").meta.update(val=_strided((8, 4), (4, 1))),
    "strides": lambda g: _node(g, "arg0").meta.update(val=_strided((4, 8), (1, 4))),
    "an element type": lambda g: _node(g, "arg0").meta.update(val=_strided((4, 8), (8, 1), torch.float16)),
    "the importer's own shape": lambda g: _node(g, "arg0").meta.update(tensor_meta=None),
    "the order of the results": _swap_results,
    "the order of the operators": lambda g: _node(g, "add").prepend(_node(g, "topk")),
    "where an input begins": lambda g: _node(g, "arg0").meta.update(val=torch.empty(40, device="meta")[8:].view(4, 8)),
}

NAMES: dict[str, Callable[[fx.GraphModule], object]] = {
    "the user's name": lambda g: _node(g, "arg0").meta.update(name="y"),
    "the user's line": lambda g: _node(g, "add").meta.update(stack_trace='File "a.py", line 1, in f\n  best = x + 1.0'),
    "an input's name": lambda g: setattr(_node(g, "arg0"), "target", "layer_7_weight"),
    "a node's name": lambda g: _node(g, "add")._rename("add_29"),
    "a region's name": lambda g: g.meta.update(region="fpga7"),
}

UNKNOWN: dict[str, Callable[[fx.GraphModule], object]] = {
    "a constant": _read_constant,
    "a Python function": lambda g: setattr(_node(g, "add"), "target", lambda x, y: x),
    "a symbolic size": lambda g: _node(g, "add").update_arg(1, ShapeEnv().create_unbacked_symint()),
    "a tensor": lambda g: _node(g, "add").meta.update(val=torch.eye(2).to_sparse()),
    "a complex number": lambda g: _node(g, "add").update_arg(1, 1j),
}


def test_equal_graphs() -> None:
    assert graph_text(_graph()) == graph_text(_graph())


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_shows(change: str) -> None:
    graph = _graph()
    before = graph_text(graph)
    CHANGES[change](graph)
    after = graph_text(graph)
    assert before is not None
    assert after is not None
    assert before != after


@pytest.mark.parametrize("change", NAMES)
def test_a_name_does_not_show(change: str) -> None:
    graph = _graph()
    NAMES[change](graph)
    assert graph_text(graph) == graph_text(_graph())


def test_shared_memory_shows() -> None:
    def text(*inputs: torch.Tensor) -> str | None:
        graph = trace(lambda x, y: x + y, torch.ones(4), torch.ones(4))
        for node, value in zip(graph.graph.find_nodes(op="placeholder"), inputs, strict=True):
            node.meta["val"] = value
        return graph_text(graph)

    x, y = torch.empty(2, 4, device="meta"), torch.empty(2, 4, device="meta")
    assert text(x[0], x[0]) != text(x[0], y[0])
    assert text(x[0], y[0]) == text(y[0], x[0])


def test_the_sign_of_zero_shows() -> None:
    plus, minus = _graph(), _graph()
    _node(plus, "add").update_arg(1, 0.0)
    _node(minus, "add").update_arg(1, -0.0)
    assert graph_text(plus) != graph_text(minus)


@pytest.mark.parametrize("change", UNKNOWN)
def test_what_is_not_known_has_no_text(change: str) -> None:
    graph = _graph()
    UNKNOWN[change](graph)
    assert graph_text(graph) is None
