"""``where(c, x, full([], 0))`` to ``where(c, x, 0)``: a number is no tensor that has to be brought to the card.

Only where PyTorch gives the result the same type either way: a tensor of one number takes another part in promotion
than the number does.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

aten = torch.ops.aten


def raise_scalars(graph: fx.GraphModule) -> None:
    """Rewrites in place; the filled tensors left without readers are removed."""
    for node in graph.graph.find_nodes(op="call_function", target=aten.where.self):
        condition, yes, no = node.args
        if _is_fill(yes) and _is_fill(no):
            _become(node, aten.where.Scalar, (condition, _number(yes), _number(no)))
        elif _is_fill(no):
            _become(node, aten.where.ScalarOther, (condition, yes, _number(no)))
        elif _is_fill(yes):
            _become(node, aten.where.ScalarSelf, (condition, _number(yes), no))
    for node in graph.graph.find_nodes(op="call_function", target=aten.full.default):
        if not node.users:
            graph.graph.erase_node(node)


def _become(node: fx.Node, target: Any, args: tuple[Any, ...]) -> None:
    # On fake tensors: what PyTorch itself would give.
    would, is_now = target(*(arg.meta["val"] if isinstance(arg, fx.Node) else arg for arg in args)), node.meta["val"]
    if (would.dtype, would.shape, would.stride()) == (is_now.dtype, is_now.shape, is_now.stride()):
        node.target, node.args = target, args


def _is_fill(node: object) -> bool:
    """Of a number that its type can hold; any other is an error when the graph runs."""
    if not isinstance(node, fx.Node) or node.target is not aten.full.default or node.all_input_nodes:
        return False
    try:
        _number(node)
    except RuntimeError:
        return False
    return True


def _number(fill: fx.Node) -> Any:
    """The number as the filled tensor holds it."""
    return torch.tensor(fill.args[1], dtype=fill.meta["val"].dtype, device="cpu").item()
