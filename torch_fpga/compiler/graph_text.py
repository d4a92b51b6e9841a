"""A graph's work as a text: equal for two graphs only if the same is made of them. It is the key of what was made.

It has all of a node that decides what a compiler makes of it: operators, arguments with their types, shapes, strides,
element types, and which inputs share memory. Names and the user's lines are not in it: a node is called by its number,
so that the layers of a model have one text. A graph with anything else in it (a constant tensor, a symbolic size, a
Python function) has no such text.
"""

from __future__ import annotations

import operator
import types
from typing import Any

import torch
from torch import fx
from torch._ops import OpOverload

_SCALARS = (types.NoneType, bool, int, float, str, torch.dtype, torch.device, torch.layout, torch.memory_format)


class _UnknownError(Exception):
    """Something that equal texts would not prove equal."""


def graph_text(graph: fx.GraphModule) -> str | None:
    """One line a node; None for a graph that has no such text."""
    try:
        return "\n".join(map(repr, _Text(graph).lines()))
    except _UnknownError:
        return None


class _Text:
    def __init__(self, graph: fx.GraphModule) -> None:
        self.nodes = graph.graph.nodes
        self.numbers = {node: number for number, node in enumerate(self.nodes)}
        self.storages: dict[int, int] = {}

    def lines(self) -> list[tuple[object, ...]]:
        return [self.node(node) for node in self.nodes]

    def node(self, node: fx.Node) -> tuple[object, ...]:
        seen = [self.plain(node.meta.get(key)) for key in ("val", "tensor_meta")]
        memory = self.memory(node.meta.get("val")) if node.op == "placeholder" else None
        return (node.op, _target(node), self.plain(node.args), self.plain(node.kwargs), *seen, memory)

    def memory(self, value: Any) -> tuple[int, object] | None:
        """Where an input lies: the number of its storage, which tells inputs that share memory, and the offset."""
        if not isinstance(value, torch.Tensor):
            return None
        storage = self.storages.setdefault(value.untyped_storage()._cdata, len(self.storages))
        return storage, self.plain(value.storage_offset())

    def plain(self, value: Any) -> object:
        """``value`` in parts whose ``repr`` says all of it: 1, 1.0 and True stay apart."""
        if isinstance(value, fx.Node):
            return "node", self.numbers[value]
        if isinstance(value, (list, tuple)):
            return [self.plain(part) for part in value]
        if isinstance(value, dict):
            return [(self.plain(key), self.plain(part)) for key, part in value.items()]
        if isinstance(value, torch.Tensor) and value.layout is torch.strided:
            about = (value.shape, value.stride(), value.dtype, value.device, value.is_conj(), value.is_neg())
            return "tensor", *map(self.plain, about)
        if type(value) in _SCALARS:
            return type(value).__name__, repr(value)
        raise _UnknownError


def _target(node: fx.Node) -> str:
    if node.op in ("placeholder", "output"):
        return ""
    if node.op == "call_function" and (isinstance(node.target, OpOverload) or node.target is operator.getitem):
        return str(node.target)
    raise _UnknownError
