"""The many ways to make a tensor of numbers (zeros, ones_like, new_full, scalar_tensor) to ``aten.full``, and every
``arange`` to ``aten.arange.start_step``: the two that have a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

aten = torch.ops.aten

# The number that fills, by the op's arguments.
_FILLS: dict[Any, Callable[..., Any]] = {
    aten.zeros.default: lambda size: 0,
    aten.ones.default: lambda size: 1,
    aten.zeros_like.default: lambda like: 0,
    aten.ones_like.default: lambda like: 1,
    aten.full_like.default: lambda like, value: value,
    aten.new_zeros.default: lambda like, size: 0,
    aten.new_ones.default: lambda like, size: 1,
    aten.new_full.default: lambda like, size, value: value,
    aten.scalar_tensor.default: lambda value: value,
}


def raise_creations(graph: fx.GraphModule) -> None:
    """Rewrites in place what has fixed sizes, dense rows and no wish of its own about memory."""
    for node in graph.graph.nodes:
        if node.op != "call_function" or node.kwargs.get("pin_memory") or not _plain(node.meta.get("val")):
            continue
        value = node.meta["val"]
        made = {"dtype": value.dtype, "device": value.device, "pin_memory": False}
        if node.target in _FILLS:
            number = _FILLS[node.target](*node.args)
            if not isinstance(number, fx.Node):
                node.target, node.args, node.kwargs = aten.full.default, (list(value.shape), number), made
        elif node.target in (aten.arange.default, aten.arange.start) and not node.all_input_nodes:
            start, stop = node.args if len(node.args) == 2 else (0, node.args[0])
            node.target, node.args, node.kwargs = aten.arange.start_step, (start, stop, 1), made


def _plain(value: object) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.layout is torch.strided
        and all(isinstance(size, int) for size in value.shape)
        and value.is_contiguous()
    )
