"""``where(c, x, scalar_tensor(0))`` to ``where(c, x, 0)``: a number is no tensor that has to be brought to the card."""

from __future__ import annotations

import torch
from torch import fx

aten = torch.ops.aten


def raise_scalars(graph: fx.GraphModule) -> None:
    """Rewrites in place; the scalar tensors left without readers are removed."""
    for node in graph.graph.find_nodes(op="call_function", target=aten.where.self):
        condition, yes, no = node.args
        if _is_number(yes) and _is_number(no):
            node.target, node.args = aten.where.Scalar, (condition, yes.args[0], no.args[0])
        elif _is_number(no):
            node.target, node.args = aten.where.ScalarOther, (condition, yes, no.args[0])
        elif _is_number(yes):
            node.target, node.args = aten.where.ScalarSelf, (condition, yes.args[0], no)
    for node in graph.graph.find_nodes(op="call_function", target=aten.scalar_tensor.default):
        if not node.users:
            graph.graph.erase_node(node)


def _is_number(node: object) -> bool:
    return (
        isinstance(node, fx.Node)
        and node.target is aten.scalar_tensor.default
        and not isinstance(node.args[0], fx.Node)
    )
