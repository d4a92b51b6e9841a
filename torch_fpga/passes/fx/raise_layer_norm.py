"""``aten.native_layer_norm`` of which only the result is read, to ``aten.layer_norm``: one output instead of three."""

from __future__ import annotations

import operator

import torch
from torch import fx

aten = torch.ops.aten


def raise_layer_norm(graph: fx.GraphModule) -> None:
    """Rewrites in place; a graph that reads the mean or the deviation keeps the native op."""
    for node in graph.graph.find_nodes(op="call_function", target=aten.native_layer_norm.default):
        parts = list(node.users)
        if not all(part.target is operator.getitem and part.args[1] == 0 for part in parts):
            continue
        with graph.graph.inserting_before(node):
            whole = graph.graph.call_function(aten.layer_norm.default, node.args)
        whole.meta = {**node.meta, "val": node.meta["val"][0]}
        for part in parts:
            part.replace_all_uses_with(whole)
            graph.graph.erase_node(part)
        graph.graph.erase_node(node)
