"""Views that are returned beside what they view are taken on the host's side; no other view is touched."""

from __future__ import annotations

import torch
from torch import fx

from tests.kernels import trace
from torch_fpga.passes.fx.keep_aliases import keep_aliases


def _after(function, *inputs: torch.Tensor) -> tuple[fx.GraphModule, list[fx.Node]]:
    """The graph, and the nodes made for returned views."""
    graph = trace(function, *inputs)
    keep_aliases(graph)
    graph.graph.lint()
    return graph, [node for node in graph.graph.nodes if "returned_view" in node.meta]


def _names(nodes: list[fx.Node]) -> list[str]:
    return [node.target.overloadpacket.__name__ if hasattr(node.target, "overloadpacket") else "part" for node in nodes]


X = torch.randn(4, 6)


def test_a_view_beside_its_base():
    graph, made = _after(lambda x: (y := x.exp(), y.t()[1:]), X)
    assert _names(made) == ["t", "slice"]
    assert {node.meta["returned_view"] for node in made} == {"exp"}
    # The chain that was there has no reader left.
    assert len(graph.graph.find_nodes(op="call_function", target=torch.ops.aten.t.default)) == 1


def test_a_view_that_others_read_is_taken_twice():
    graph, made = _after(lambda x: (y := x.exp(), z := y[0], z.sum()), X)
    assert _names(made) == ["select"]
    assert all(user.op == "output" for user in made[0].users)
    assert len(graph.graph.find_nodes(op="call_function", target=torch.ops.aten.select.int)) == 2


def test_two_views_of_what_is_not_returned():
    _, made = _after(lambda x: ((y := x.exp())[0], y[:2]), X)
    assert _names(made) == ["select", "slice"]


def test_views_of_inputs():
    _, made = _after(lambda x: (x.t(), x.exp()), X)
    assert _names(made) == ["t"]


def test_views_that_the_op_table_does_not_know():
    _, made = _after(lambda x: (y := x.exp(), y.t().view(torch.int32), y.split(2)[1]), X)
    assert sorted(_names(made)) == ["detach", "slice", "t", "view"]


def test_a_lone_view_and_parts_that_are_none():
    _, made = _after(lambda x: (x.exp().t(), *x.topk(2)), X)
    assert made == []
