"""``aten._softmax`` and ``aten._log_softmax`` to the public overloads, which the op table and torch-mlir know."""

from __future__ import annotations

import torch
from torch import fx

aten = torch.ops.aten

_PUBLIC = {aten._softmax.default: aten.softmax.int, aten._log_softmax.default: aten.log_softmax.int}


def raise_softmax(graph: fx.GraphModule) -> None:
    """Rewrites in place. The half_to_float form exists only on GPUs and is left alone."""
    for private, public in _PUBLIC.items():
        for node in graph.graph.find_nodes(op="call_function", target=private):
            x, dim, half_to_float = node.args
            if not half_to_float:
                node.target, node.args = public, (x, dim)
