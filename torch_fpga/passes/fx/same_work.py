"""When two regions are the same work: the layers of a model are, and have one price."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import fx


def same_work(nodes: list[fx.Node], resident: Iterable[fx.Node] = ()) -> tuple[Any, ...]:
    """A key that two lists of nodes share if they compute the same on tensors of the same kinds, whatever their names.

    Args:
        nodes: in graph order.
        resident: parameters and buffers, which are not the same as activations.
    """
    number: dict[fx.Node, Any] = {}
    inside, stays, key = set(nodes), set(resident), []
    for node in nodes:
        for source in node.all_input_nodes:
            if source not in number:
                number[source] = (len(number), _kind(source), source in stays)
        arguments = fx.node.map_arg((node.args, node.kwargs), number.__getitem__)
        leaves = any(user not in inside for user in node.users)
        key.append((str(node.target), repr(arguments), _kind(node), leaves))
        number[node] = len(number)
    return tuple(key)


def _kind(node: fx.Node) -> str:
    value = node.meta.get("val")
    parts = value if isinstance(value, (tuple, list)) else [value]
    return repr([(x.dtype, tuple(x.shape), x.stride()) if isinstance(x, torch.Tensor) else type(x) for x in parts])
