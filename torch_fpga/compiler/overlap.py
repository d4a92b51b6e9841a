"""Inputs that share memory and are written: what PyTorch's capture can lose.

AOTAutograd makes one input of those that overlap, by rules of its own, and takes others for separate ones: after
``c.zero_()`` it reads the old values of ``d = c[1:, 1:]`` (aot_eager and Inductor do so too). Eager PyTorch is right.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import has_free_symbols

from torch_fpga.passes.fx.name_inputs import input_name

_TRIES = 100_000
"""Of NumPy's search for a common byte; what takes longer counts as overlapping."""


def overlapping_inputs(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> tuple[str, str] | None:
    """The names of two inputs of a Dynamo graph that have bytes in common, if the graph writes into anything."""
    if not any(map(_may_write, graph.graph.nodes)):
        return None
    of_storage: dict[int, list[tuple[str, torch.Tensor]]] = {}
    for node, given in zip(graph.graph.find_nodes(op="placeholder"), example_inputs, strict=True):
        if isinstance(given, torch.Tensor) and given.layout is torch.strided:
            named = (input_name(node.name), given)
            of_storage.setdefault(given.untyped_storage()._cdata, []).append(named)
    for tensors in of_storage.values():
        for (first, a), (second, b) in itertools.combinations(tensors, 2):
            if a is not b and _overlap(a, b):
                return first, second
    return None


def _overlap(a: torch.Tensor, b: torch.Tensor) -> bool:
    if a.numel() == 0 or b.numel() == 0:
        return False
    if has_free_symbols(a) or has_free_symbols(b):
        return True
    try:
        return bool(np.shares_memory(_bytes(a), _bytes(b), max_work=_TRIES))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _bytes(x: torch.Tensor) -> np.ndarray:
    """An array at the place of a fake tensor, in a memory that starts at address nought and is never read."""
    description = {
        "shape": (*x.shape, x.element_size()),
        "strides": (*(stride * x.element_size() for stride in x.stride()), 1),
        "typestr": "|u1",
        "data": (x.storage_offset() * x.element_size() + 1, True),
        "version": 3,
    }
    return np.asarray(type("Memory", (), {"__array_interface__": description})())


_ARITHMETIC = [
    "add",
    "and",
    "floordiv",
    "lshift",
    "matmul",
    "mod",
    "mul",
    "or",
    "pow",
    "rshift",
    "sub",
    "truediv",
    "xor",
]
_IN_PLACE = {getattr(operator, f"i{name}") for name in _ARITHMETIC}


def _may_write(node: fx.Node) -> bool:
    if node.op == "call_method":
        return str(node.target).endswith("_") and not str(node.target).endswith("__")
    if node.op != "call_function":
        return node.op == "call_module"
    if isinstance(node.target, torch._ops.OpOverload):
        return node.target._schema.is_mutable
    named = getattr(node.target, "__name__", "").endswith("_")
    return named or node.target is operator.setitem or node.target in _IN_PLACE or "out" in node.kwargs
