"""A graph as a text that differs whenever what is lowered from it may differ: the key it is found by later.

It has all of a node that lowering and torch-mlir's importer read: names, operators, arguments with their types, shapes,
strides, element types, and the user's lines, whose names and places go into the kernel. A graph with anything else in
it (a constant tensor, a symbolic size, a Python function) has no such text.
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
        return "\n".join(map(repr, map(_node, graph.graph.nodes)))
    except _UnknownError:
        return None


def _node(node: fx.Node) -> tuple[Any, ...]:
    seen = (node.meta.get(key) for key in ("name", "val", "tensor_meta", "stack_trace"))
    return (node.op, node.name, _target(node), *map(_plain, (node.args, node.kwargs, *seen)))


def _target(node: fx.Node) -> str:
    if node.op in ("placeholder", "output"):
        return str(node.target)
    if node.op == "call_function" and (isinstance(node.target, OpOverload) or node.target is operator.getitem):
        return str(node.target)
    raise _UnknownError


def _plain(value: Any) -> object:
    """``value`` in parts whose ``repr`` says all of it: 1, 1.0 and True stay apart."""
    if isinstance(value, fx.Node):
        return "node", value.name
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return [(_plain(key), _plain(part)) for key, part in value.items()]
    if isinstance(value, torch.Tensor) and value.layout is torch.strided:
        return "tensor", _plain(value.shape), _plain(value.stride()), repr(value.dtype)
    if type(value) in _SCALARS:
        return type(value).__name__, repr(value)
    raise _UnknownError
