"""``view(x, [4, -1])`` to ``view(x, [4, 8])`` and ``unsqueeze(x, -1)`` to ``unsqueeze(x, 1)``: one spelling for one op.

What a model leaves to be counted is the same as what it counts, and a composite is found whichever it does.
"""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.passes.fx.decompose import static

aten = torch.ops.aten

_AXIS = (aten.unsqueeze.default, aten.stack.default, aten.cat.default)
"""Ops whose second argument is an axis of their result."""


def raise_views(graph: fx.GraphModule) -> None:
    """Rewrites in place."""
    for node in graph.graph.find_nodes(op="call_function", target=aten.view.default):
        source, sizes = node.args
        if -1 in sizes and static(node.meta.get("val")):
            node.args = (source, list(node.meta["val"].shape))
    for target in _AXIS:
        for node in graph.graph.find_nodes(op="call_function", target=target):
            value = node.meta.get("val")
            if len(node.args) == 2 and node.args[1] < 0 and isinstance(value, torch.Tensor):
                node.args = (node.args[0], node.args[1] + value.dim())
