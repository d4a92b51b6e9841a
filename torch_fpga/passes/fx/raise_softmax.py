"""``aten._softmax`` to ``aten.softmax.int``: the name the op table and torch-mlir know."""

from __future__ import annotations

import torch
from torch import fx

aten = torch.ops.aten


def raise_softmax(graph: fx.GraphModule) -> None:
    """Rewrites in place. The half_to_float form exists only on GPUs and is left alone."""
    for node in graph.graph.find_nodes(op="call_function", target=aten._softmax.default):
        x, dim, half_to_float = node.args
        if not half_to_float:
            node.target, node.args = aten.softmax.int, (x, dim)
