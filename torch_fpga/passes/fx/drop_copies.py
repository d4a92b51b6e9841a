"""Removes the copy that an assignment to a slice makes of its value: the update that reads it makes one of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

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
        value = graph.call_function(aten.full.default, (list(_sizes(graph, node)), source), kind)
        value.meta = {**node.meta, "val": made.new_empty(made.shape)}
        return value
    given = source.meta["val"]
    if (given.dtype, given.device) != (made.dtype, made.device):
        return None
    if given.shape == made.shape:
        return source
    value = graph.call_function(aten.expand.default, (source, list(_sizes(graph, node))))
    value.meta = {**node.meta, "val": given.expand(made.shape)}
    return value


def _sizes(graph: fx.Graph, copy: fx.Node) -> Iterator[int | fx.Node]:
    """The shape of a copy; a size that varies is a node, as a call that has the symbol itself cannot be run: one that
    the graph has already, else what the tensor that is overwritten says."""
    before = itertools.takewhile(lambda node: node is not copy, graph.nodes)
    numbers = [node for node in before if isinstance(node.meta.get("val"), torch.SymInt)]
    for dim, size in enumerate(copy.meta["val"].shape):
        if isinstance(size, int):
            yield size
            continue
        # Inductor calls a number by its own symbol, and a size by that which the symbol was found to be equal to.
        found = next((node for node in numbers if node.meta["val"].node._expr == size.node.expr), None)
        if found is None:
            found = graph.call_function(aten.sym_size.int, (copy.args[0], dim))
            found.meta["val"] = size
        yield found
