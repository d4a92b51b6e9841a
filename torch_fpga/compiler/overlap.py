"""Inputs that share memory and are written: what PyTorch's capture can lose.

AOTAutograd makes one input of those that overlap, by rules of its own, and takes others for separate ones: after
``c.zero_()`` it reads the old values of ``d = c[1:, 1:]`` (aot_eager and Inductor do so too). Eager PyTorch is right.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import has_free_symbols

from torch_fpga.compiler.region_code import forward_of
from torch_fpga.passes.fx.name_inputs import input_name

_TRIES = 100_000
"""Of NumPy's search for a common byte; what takes longer counts as overlapping."""


def overlapping_inputs(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> tuple[str, str] | None:
    """The names of two inputs of a Dynamo graph that have bytes in common, if the graph writes into anything."""
    if not any(map(_may_write, graph.graph.nodes)):
        return None
    of_storage: dict[int, list[tuple[str, torch.Tensor]]] = {}
    for node, given in zip(graph.graph.find_nodes(op="placeholder"), example_inputs, strict=True):
        if _is_dense(given):
            named = (input_name(node.name), given)
            of_storage.setdefault(given.untyped_storage()._cdata, []).append(named)
    for tensors in of_storage.values():
        for (first, a), (second, b) in itertools.combinations(tensors, 2):
            if a is not b and _overlap(a, b):
                return first, second
    return None


def unless_overlapping(
    run: Callable[..., Any], graph: fx.GraphModule, example_inputs: Sequence[Any], tell: Callable[[str], None]
) -> Callable[..., Any]:
    """``run``, the whole of a Dynamo graph, for inputs that do not overlap; eager PyTorch in a call whose inputs do.

    PyTorch has no guard for it. A graph that writes nothing is left as it is. Parameters are those that were looked at
    when it was compiled, so a call looks at the others alone.

    Args:
        run: what was compiled.
        graph: what it was compiled of.
        example_inputs: for which it was compiled.
        tell: called with the names of the inputs, at the first such call.
    """
    inputs = list(zip(graph.graph.find_nodes(op="placeholder"), example_inputs, strict=True))
    looked_at = [i for i, (node, given) in enumerate(inputs) if _is_dense(given) and not _is_parameter(node)]
    if len(looked_at) < 2 or not any(map(_may_write, graph.graph.nodes)):
        return run
    told: list[str] = []

    def call(*arguments: Any) -> Any:
        if len({arguments[i].untyped_storage()._cdata for i in looked_at}) < len(looked_at):
            overlap = overlapping_inputs(graph, arguments)
            if overlap is not None:
                if not told:
                    told.append(" and ".join(overlap))
                    tell(told[0])
                return forward_of(graph)(*arguments)
        return run(*arguments)

    return call


def _is_parameter(node: fx.Node) -> bool:
    source = getattr(node, "_dynamo_source", None)
    return source is not None and "_parameters[" in source.name


def _is_dense(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.layout is torch.strided


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
