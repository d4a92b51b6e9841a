"""How the arguments of ATen calls are brought into the form that stages work on: the worked-on dimension last."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.dialects.scalars import body_of_map
from torch_fpga.stages.common.stage import Call
from torch_fpga.views import View


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A dense value read through a view."""

    base: ir.Value
    view: View

    @staticmethod
    def dense(value: ir.Value) -> Tensor:
        return Tensor(value, View.whole(mem.shape(value)))

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.view.sizes

    @property
    def element(self) -> ir.Type:
        return mem.element(self.base)

    def through(self, view: View) -> Tensor:
        return Tensor(self.base, view)

    def value(self) -> ir.Value:
        """A dense value of this shape."""
        if self.view == View.whole(mem.shape(self.base)):
            return self.base
        kind = ir.RankedTensorType.get(list(self.sizes), self.element)
        return mem.ViewOp(self.base, mem.i64(self.view.offset), mem.i64s(list(self.view.strides) or [0]), kind).res

    def reshape(self, sizes: list[int] | tuple[int, ...]) -> Tensor:
        """This tensor in another shape, copied first where strides cannot say it."""
        view = self.view.reshape(list(sizes))
        return self.through(view) if view else self.copy().reshape(sizes)

    def copy(self) -> Tensor:
        """A dense tensor of the same elements, made by an identity map."""
        kind = ir.RankedTensorType.get(list(self.sizes), self.element)
        return Tensor.dense(body_of_map([self.value()], kind, lambda f, x: x))


def axes_of(argument: Any, rank: int) -> list[int]:
    """A dim argument (int, list, None or empty for all) as sorted positive axes."""
    if argument is None or argument == []:
        return list(range(rank))
    axes = argument if isinstance(argument, list) else [argument]
    return sorted(axis % rank if rank else 0 for axis in axes) if rank else []


def joined_last(tensor: Tensor, axes: list[int]) -> Tensor:
    """``axes`` moved to the end and made one dimension."""
    kept = [i for i in range(len(tensor.sizes)) if i not in axes]
    moved = tensor.through(tensor.view.permute(kept + axes))
    cols = math.prod(tensor.sizes[i] for i in axes)
    return moved.reshape([*(tensor.sizes[i] for i in kept), cols])


def along(tensor: Tensor, axis: int, stage: Callable[[ir.Value], Any]) -> Any:
    """Runs a stage that works along the last dimension along ``axis``; its results have that dimension in place."""
    rank = len(tensor.sizes)
    if rank == 0:
        flat = tensor.reshape([1])
        return _each(stage(flat.value()), lambda t: t.reshape([]))
    axis %= rank
    order = [i for i in range(rank) if i != axis] + [axis]
    back = sorted(range(rank), key=order.__getitem__)
    moved = tensor.through(tensor.view.permute(order))
    return _each(stage(moved.value()), lambda t: t.through(t.view.permute(back)))


def _each(values: ir.Value | tuple[ir.Value, ...], change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(values, tuple):
        return tuple(change(Tensor.dense(value)) for value in values)
    return change(Tensor.dense(values))


def unrounded(kind: ir.RankedTensorType) -> ir.RankedTensorType:
    """The type of a sum that something is still done to: PyTorch rounds to 16 bits once, at the end."""
    element = kind.element_type
    return ir.RankedTensorType.get(kind.shape, element if isinstance(element, ir.IntegerType) else ir.F32Type.get())


def normed(call: Call, stage: Callable[[ir.Value, float | None, list[ir.Value | None]], ir.Value]) -> Tensor:
    """Runs a norm's stage on rows that are the normalized dimensions joined.

    ``stage`` gets the rows, eps (None if the call has none) and the affine tensors of the call as one row each.
    """
    source, normalized, *rest = call.arguments
    eps = next((x for x in rest if isinstance(x, float)), None)
    cols = math.prod(normalized)
    affine = [None if t is None else t.reshape([cols]).value() for t in rest if t is None or isinstance(t, Tensor)]
    rows = source.reshape([*source.sizes[: len(source.sizes) - len(normalized)], cols])
    return Tensor.dense(stage(rows.value(), eps, affine)).reshape(call.results[0].shape)
