"""Removes the copy that an assignment to a slice makes of its value: the update that reads it makes one of its own."""

from __future__ import annotations

import torch
from torch import fx

aten = torch.ops.aten

_COPIES = (aten.copy.default, aten.fill.Tensor, aten.fill.Scalar)
_UPDATES = (aten.slice_scatter.default, aten.select_scatter.default)


def drop_copies(graph: fx.GraphModule) -> None:
    """Rewrites in place the copies that nothing but updates read and that change no type."""
    for node in [node for target in _COPIES for node in graph.graph.find_nodes(op="call_function", target=target)]:
        if all(user.target in _UPDATES and user.args[0] is not node for user in node.users):
            with graph.graph.inserting_before(node):
                value = _value(graph.graph, node)
            if value is not None:
                node.replace_all_uses_with(value)
                graph.graph.erase_node(node)


def _value(graph: fx.Graph, node: fx.Node) -> fx.Node | None:
    """What is copied, in the shape of the copy."""
    source, made = node.args[1], node.meta["val"]
    if not isinstance(source, fx.Node):
        kind = {"dtype": made.dtype, "device": made.device, "pin_memory": False}
        value = graph.call_function(aten.full.default, (list(made.shape), source), kind)
        value.meta = {**node.meta, "val": made.new_empty(made.shape)}
        return value
    given = source.meta["val"]
    if (given.dtype, given.device) != (made.dtype, made.device):
        return None
    if given.shape == made.shape:
        return source
    value = graph.call_function(aten.expand.default, (source, list(made.shape)))
    value.meta = {**node.meta, "val": given.expand(made.shape)}
    return value
