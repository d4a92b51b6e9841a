"""Composites in graphs: found where a model writes one out, and taken apart again for whoever runs them.

A composite is found in two steps. A form of it, traced once for small tensors, finds candidates whatever their sizes,
types and strides. Then the form is traced again for the very tensors of a candidate, and must be the candidate, op by
op. So what a dense region gets in the end is what was captured. A composite that has a part which no kernel can be made
of is left as it is.

In a graph with symbolic sizes those are found that are there whatever the sizes are: the same in the graph of this call
and in that of another. Only such as no GPU compiler takes apart, for in a dense region they stay whole.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import sympy
import torch
from torch import fx
from torch._subclasses import FakeTensorMode

from torch_fpga.errors import FpgaError
from torch_fpga.ops.composites import COMPOSITES, Composite
from torch_fpga.ops.composites.composite import Like
from torch_fpga.passes.fx.at_sizes import at_sizes, hints_of, keep_equal
from torch_fpga.passes.fx.composites import captured, composites_of, expand, stages_of, trace
from torch_fpga.passes.fx.decompose import parts_of, static
from torch_fpga.passes.fx.match import match

_APART = 8
"""Between a size of this call and the other that is looked at."""


def raise_composites(graph: fx.GraphModule) -> None:
    """Rewrites in place; the parts nobody reads any more are left for ``drop_dead``."""
    _raise(graph)
    if hints := hints_of(graph.graph.nodes):
        _raise_sized(graph, hints)


def _raise(graph: fx.GraphModule) -> dict[str, fx.Node]:
    """The composites that are found where sizes are known, by the names of the nodes that they stand for."""
    for node in composites_of(graph):  # a model may call one by its name
        if not _counts(node):
            expand(graph, node)
    found = {}
    for pattern in _patterns(graph):
        # The last first, so that of two that overlap the one that takes more is found.
        for last in reversed(graph.graph.find_nodes(op="call_function", target=pattern.result.target)):
            if not last.users or (bound := match(pattern.graph, last, literals=False)) is None:
                continue
            if (whole := _put_whole(graph, pattern, last, bound)) is not None:
                found[last.name] = whole
    return found


def _raise_sized(graph: fx.GraphModule, hints: dict[sympy.Symbol, int]) -> None:
    """Sizes that are equal in this call stay so: of keys and values PyTorch does not say it. They get a guard if a
    composite needs it."""
    others = {symbol: hint + _APART for symbol, hint in hints.items()}
    try:
        found, elsewhere = (_raise(at_sizes(graph, sizes)) for sizes in (hints, others))
    except FpgaError:  # the symbols bound each other: no tensor is that large
        return
    nodes = {node.name: node for node in graph.graph.nodes}
    for name, whole in found.items():
        other = elsewhere.get(name)
        if other is None or _called(other) != _called(whole) or COMPOSITES[str(whole.target)].fuses != "opaque":
            continue
        last = nodes[name]
        arguments = fx.node.map_arg(whole.args, lambda argument: nodes[argument.name])
        keep_equal(nodes[source.name] for source in whole.all_input_nodes)
        with graph.graph.inserting_before(last):
            made = graph.graph.call_function(COMPOSITES[str(whole.target)].op, arguments)
        made.meta = {**whole.meta, "val": last.meta["val"]}
        last.replace_all_uses_with(made)
        _erase_unread(last)


def _erase_unread(node: fx.Node) -> None:
    """Erases a node that nobody reads, and what was there for it alone: not all of it counts as dead for PyTorch."""
    if node.op == "call_function" and not node.users:
        sources = node.all_input_nodes
        node.graph.erase_node(node)
        for source in sources:
            _erase_unread(source)


def _called(node: fx.Node) -> tuple[Any, ...]:
    return node.target, fx.node.map_arg(node.args, lambda argument: argument.name)


@dataclasses.dataclass(frozen=True)
class _Pattern:
    """``arguments``: a placeholder for each argument that a candidate has its own for, else the argument.

    ``numbers``: those of the placeholders that stand for a number.
    """

    composite: Composite
    written: Callable[..., Any]
    graph: fx.Graph
    arguments: tuple[Any, ...]
    numbers: frozenset[fx.Node]

    @property
    def result(self) -> fx.Node:
        (result,) = self.graph.output_node().all_input_nodes
        return result


def _put_whole(graph: fx.GraphModule, pattern: _Pattern, last: fx.Node, bound: dict[fx.Node, Any]) -> fx.Node | None:
    """The composite for what ends with ``last``, if it is that exactly and a kernel can have all of it."""
    arguments = tuple(bound.get(a) if isinstance(a, fx.Node) else a for a in pattern.arguments)
    wanted = [isinstance(a, fx.Node) and a not in pattern.numbers for a in pattern.arguments]
    if [isinstance(argument, fx.Node) for argument in arguments] != wanted:
        return None
    with graph.graph.inserting_before(last):
        whole = graph.graph.call_function(pattern.composite.op, arguments)
    lost = ("tensor_meta", "original_aten", "from_node")
    whole.meta = {key: value for key, value in last.meta.items() if key not in lost}
    whole.meta["written"] = pattern.written
    if not _is(whole, last, pattern.written) or not _counts(whole):
        graph.graph.erase_node(whole)
        return None
    last.replace_all_uses_with(whole)
    order = {node: i for i, node in enumerate(graph.graph.nodes)}
    parts = {node for want, node in bound.items() if want.op == "call_function"}
    for part in sorted(parts, key=order.__getitem__, reverse=True):
        if not part.users:
            graph.graph.erase_node(part)
    return whole


def _is(whole: fx.Node, last: fx.Node, written: Callable[..., Any]) -> bool:
    """Whether ``written``, called as ``whole`` is, is what ends with ``last``, over the same tensors."""
    if (parts := captured(whole, written)) is None or (found := match(parts, last)) is None:
        return False
    return [found.get(node) for node in parts.find_nodes(op="placeholder")] == whole.all_input_nodes


def _counts(whole: fx.Node) -> bool:
    """Whether every part can be in a kernel; notes how many operations they are."""
    tensors = [whole.meta["val"], *(source.meta.get("val") for source in whole.all_input_nodes)]
    parts = parts_of(whole, stages_of(whole)) if all(map(static, tensors)) else None
    check = COMPOSITES[str(whole.target)].check
    if parts is None or (check is not None and check(whole, tensors[1:], tensors[:1]) is not None):
        return False
    whole.meta["flops"] = parts.flops
    return True


def _patterns(graph: fx.GraphModule) -> list[_Pattern]:
    """Those of composites that there may be, of most parts first: a composite may be a part of another."""
    called = {str(node.target) for node in graph.graph.nodes if node.op == "call_function"}
    there = [each for each in COMPOSITES.values() if each.marked_by is None or each.marked_by in called]
    made = [pattern for each in there for pattern in _patterns_of(each, _device_of(graph))]
    return sorted(made, key=lambda pattern: -len(pattern.graph.nodes))


@functools.cache
def _patterns_of(composite: Composite, device: str) -> list[_Pattern]:
    """PyTorch has an attention for each device."""
    made = (_pattern(composite, form.arguments, form.written or composite.body, device) for form in composite.forms)
    return [pattern for pattern in made if pattern is not None]


def _device_of(graph: fx.GraphModule) -> str:
    """The kind of device that the inputs are on; "cpu" where there are none."""
    values = (node.meta.get("val") for node in graph.graph.find_nodes(op="placeholder"))
    return next((value.device.type for value in values if isinstance(value, torch.Tensor) and value.dim()), "cpu")


def _pattern(
    composite: Composite, arguments: tuple[Any, ...], written: Callable[..., Any], device: str
) -> _Pattern | None:
    """None for a form that cannot be traced on this device."""
    mode = FakeTensorMode()
    with mode:
        values = [torch.empty(a.sizes, dtype=a.dtype, device=device) for a in arguments if isinstance(a, Like)]

    def call(*tensors: torch.Tensor) -> Any:
        left = iter(tensors)
        return written(*(next(left) if isinstance(a, Like) else a for a in arguments))

    if (graph := trace(call, values, mode)) is None:
        return None
    inputs = iter(graph.find_nodes(op="placeholder"))
    numbers = {a: _placeholder_for(graph, a) for a in arguments if isinstance(a, float)}
    own = (next(inputs) if isinstance(a, Like) else numbers[a] if isinstance(a, float) else a for a in arguments)
    return _Pattern(composite, written, graph, tuple(own), frozenset(numbers.values()))


def _placeholder_for(graph: fx.Graph, number: float) -> fx.Node:
    """A new placeholder where ``number`` stands."""
    (first, *_) = graph.nodes
    with graph.inserting_before(first):
        node = graph.placeholder("number")
    for reader in graph.nodes:
        reader.args = _swapped(reader.args, number, node)
        reader.kwargs = _swapped(reader.kwargs, number, node)
    return node


def _swapped(argument: Any, number: float, node: fx.Node) -> Any:
    if isinstance(argument, (list, tuple)):
        return type(argument)(_swapped(part, number, node) for part in argument)
    if isinstance(argument, dict):
        return {key: _swapped(part, number, node) for key, part in argument.items()}
    return node if isinstance(argument, float) and argument == number else argument
