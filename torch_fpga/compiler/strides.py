"""The strides of what a region of a graph returns: those that were captured, which the next region was compiled for.

They may come out otherwise: Inductor decomposes operators once more, and a raised operator has strides of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx

from torch_fpga.errors import InternalError
from torch_fpga.ops import plain
from torch_fpga.passes.fx.raise_rms_norm import expand_rms_norm
from torch_fpga.runtime.layout import laid_out
from torch_fpga.runtime.signature import Layout

aten = torch.ops.aten


@dataclasses.dataclass(frozen=True)
class Strides:
    """Of one result: fixed ones, or where sizes change the order of the dimensions in memory, the outermost first.

    Neither for what is not a tensor, and for a tensor with gaps or overlaps whose sizes change.
    """

    fixed: tuple[int, ...] | None = None
    order: tuple[int, ...] | None = None

    @staticmethod
    def of(value: Any) -> Strides:
        """Those of a fake value."""
        if not isinstance(value, torch.Tensor) or value.layout is not torch.strided:
            return Strides()
        if all(isinstance(n, int) for n in (*value.shape, *value.stride())):
            return Strides(fixed=tuple(value.stride()))
        sizes = [plain(n) for n in value.shape]
        strides = [plain(n) for n in value.stride()]
        order = sorted(range(len(sizes)), key=lambda i: (-strides[i], sizes[i] == 1, i))
        return Strides(order=tuple(order)) if _same_strides(sizes, strides, _dense(sizes, order)) else Strides()

    def hold(self, value: Any) -> bool:
        """Whether ``value`` lies so. The stride of a dimension of size one means nothing to who reads it."""
        if self.fixed is not None:
            given = value.stride()
            return given == self.fixed or _same_strides(value.shape, given, self.fixed)
        if self.order is None:
            return True
        return _same_strides(value.shape, value.stride(), _dense(value.shape, self.order))

    def applied(self, value: Any) -> Any:
        """``value``, or a copy that lies so."""
        if self.hold(value):
            return value
        strides = self.fixed or tuple(_dense(value.shape, self.order or ()))
        return laid_out(value, Layout(tuple(value.shape), strides, value.dtype))


def strides_of(graph: fx.GraphModule) -> tuple[Strides, ...]:
    """Those of a region's results."""
    results = graph.graph.output_node().args[0]
    several = results if isinstance(results, (tuple, list)) else (results,)
    return tuple(Strides.of(r.meta.get("val") if isinstance(r, fx.Node) else r) for r in several)


def with_strides(run: Callable[..., Sequence[Any]], strides: tuple[Strides, ...]) -> Callable[..., Sequence[Any]]:
    """``run``, which returns several results, with each of them as it was captured."""
    checked = [(i, wanted) for i, wanted in enumerate(strides) if wanted != Strides()]

    def laid(*arguments: Any) -> Sequence[Any]:
        results = run(*arguments)
        for i, wanted in checked:
            if not wanted.hold(results[i]):
                return [wanted.applied(result) for wanted, result in zip(strides, results, strict=True)]
        return results

    return laid


def checked(run: Callable[..., Any], strides: tuple[Strides, ...], region: str, lines: str) -> Callable[..., Any]:
    """``run``, which raises InternalError at the ``lines`` of the region where a result does not lie as captured."""

    def check(*arguments: Any) -> Any:
        results = run(*arguments)
        several = results if isinstance(results, (tuple, list)) else (results,)
        for number, (result, wanted) in enumerate(zip(several, strides, strict=True)):
            if not wanted.hold(result):
                raise InternalError(
                    f"result {number} of region {region} has strides {tuple(result.stride())}, captured were {wanted}",
                    source=lines,
                    code="wrong-layout",
                )
        return results

    return check


def eager_strides(run: Callable[..., Any], graph: fx.GraphModule) -> Callable[..., Any]:
    """``run``, the whole of a Dynamo graph, with results that lie as eager PyTorch leaves them.

    AOTAutograd makes a write through a view a new tensor, which may lie otherwise. A result that shares memory with an
    input or another result is left as it is.
    """
    results = graph.graph.output_node().args[0]
    wanted = [Strides.of(r.meta.get("example_value") if isinstance(r, fx.Node) else None) for r in results]  # type: ignore[union-attr]
    checked = [(i, strides) for i, strides in enumerate(wanted) if strides != Strides()]

    def laid(*arguments: Any) -> Any:
        results = run(*arguments)
        for i, strides in checked:
            if not strides.hold(results[i]):
                return _laid_alone(results, wanted, arguments)
        return results

    return laid


def _laid_alone(results: Sequence[Any], wanted: Sequence[Strides], arguments: Sequence[Any]) -> list[Any]:
    places = [x.untyped_storage().data_ptr() for x in (*results, *arguments) if _has_storage(x)]
    laid = []
    for result, strides in zip(results, wanted, strict=True):
        alone = _has_storage(result) and places.count(result.untyped_storage().data_ptr()) == 1
        laid.append(strides.applied(result) if alone else result)
    return laid


def _has_storage(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.layout is torch.strided


def without_strides(graph: fx.GraphModule) -> None:
    """Lets a region that is no kernel run whatever the strides inside it are, in place.

    A ``view`` that they do not allow becomes a copy, which nobody in a functional graph can tell.
    """
    expand_rms_norm(graph)
    for node in graph.graph.find_nodes(op="call_function", target=aten.view.default):
        node.target = aten.reshape.default
    graph.recompile()


def _dense(sizes: Sequence[int], order: Sequence[int]) -> list[int]:
    """Strides without gaps for dimensions in ``order`` of memory, the outermost first."""
    strides, step = [0] * len(sizes), 1
    for axis in reversed(order):
        strides[axis] = step
        step *= max(sizes[axis], 1)
    return strides


def _same_strides(sizes: Sequence[int], strides: Sequence[int], others: Sequence[int]) -> bool:
    """Whether two lists of strides mean the same. Those of another rank are another tensor's: nothing to compare."""
    return len(strides) != len(others) or all(a == b or n <= 1 for n, a, b in zip(sizes, strides, others, strict=True))
