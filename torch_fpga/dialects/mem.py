"""The ``mem`` dialect: values are tensors, ops are named stages of memory processing.

Here are the ops that give a region its structure: views, elementwise maps and their scalars, joins. Each other op
stands for one hls_lib template and is declared with all that belongs to it in ``torch_fpga.stages``. Nothing of
``mem`` knows streams, ports or parallelism: that is ``hls``. Every op reads its operands row-major; ``mem.view`` is the
only op that says otherwise.
"""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

from torch_fpga.dialects.mlir import ext, ir, line_of
from torch_fpga.errors import InternalError
from torch_fpga.views import View

Operand, Result, Region = ext.Operand, ext.Result, ext.Region


class Mem(ext.Dialect, name="mem"):
    """Tensors and named stages."""


def shape(value: ir.Value) -> list[int]:
    """The sizes of a ranked tensor value."""
    return list(ir.RankedTensorType(value.type).shape)


def element(value: ir.Value) -> ir.Type:
    """The element type of a ranked tensor value."""
    return ir.RankedTensorType(value.type).element_type


def require(condition: bool, op: Any, words: str) -> None:
    """An op's invariant; a broken one is a fault of the pass that built it."""
    if not condition:
        raise InternalError(
            f"{words} in {op.operation.name}", op=op.operation.name, source=line_of(op.operation.location)
        )


MAX_INPUTS = 8


class ViewOp(Mem.Operation, name="view", traits=[ext.Pure]):
    """Reads ``source`` at ``offset + sum(index * stride)`` (elements of its row-major layout): permute, expand, slice.

    A scalar has the one stride 0: an op cannot carry an empty list.
    """

    source: Operand[Any]
    offset: ir.IntegerAttr
    strides: ir.ArrayAttr
    res: Result[Any]

    def verify_invariants(self) -> bool:
        sizes, strides = shape(self.res) or [1], ints(self.strides)
        # Later passes take what a view reads for a stage or an argument.
        reads_a_view = isinstance(self.source.owner, ir.OpView) and isinstance(self.source.owner, ViewOp)
        require(not reads_a_view, self, "a view of a view")
        require(len(sizes) == len(strides), self, "one stride for each size")
        last = self.offset.value + sum((n - 1) * s for n, s in zip(sizes, strides, strict=True))
        require(math.prod(sizes) == 0 or 0 <= last < math.prod(shape(self.source)), self, "the view leaves its source")
        return True


class MapOp(Mem.Operation, name="map", traits=[ext.Pure]):
    """Applies the scalar function ``body`` to equally shaped tensors."""

    in0: Operand[Any]
    res: Result[Any]
    body: Region
    in1: Operand[Any] | None = None
    in2: Operand[Any] | None = None
    in3: Operand[Any] | None = None
    in4: Operand[Any] | None = None
    in5: Operand[Any] | None = None
    in6: Operand[Any] | None = None
    in7: Operand[Any] | None = None

    def verify_invariants(self) -> bool:
        for value in self.operands:
            require(shape(value) == shape(self.res), self, "inputs and result have one shape")
        return True

    def verify_region_invariants(self) -> bool:
        arguments = [str(a.type) for a in self.body.blocks[0].arguments]
        require(arguments == [str(element(v)) for v in self.operands], self, "the body takes one scalar of each input")
        return True


class ScalarOp(Mem.Operation, name="scalar", traits=[ext.Pure]):
    """A scalar function of hls_lib's math.hpp, by name; ``cast`` converts to the result type."""

    a: Operand[Any]
    fn: ir.StringAttr
    res: Result[Any]
    b: Operand[Any] | None = None
    c: Operand[Any] | None = None


class YieldOp(Mem.Operation, name="yield", traits=[ir.IsTerminatorTrait]):
    """Ends a map's body."""

    a: Operand[Any]


class ConcatOp(Mem.Operation, name="concat", traits=[ext.Pure]):
    """Joins tensors along ``axis``."""

    in0: Operand[Any]
    axis: ir.IntegerAttr
    res: Result[Any]
    in1: Operand[Any] | None = None
    in2: Operand[Any] | None = None
    in3: Operand[Any] | None = None
    in4: Operand[Any] | None = None
    in5: Operand[Any] | None = None
    in6: Operand[Any] | None = None
    in7: Operand[Any] | None = None

    def verify_invariants(self) -> bool:
        axis = self.axis.value
        total = sum(shape(v)[axis] for v in self.operands)
        require(shape(self.res)[axis] == total, self, "the parts fill the result")
        return True


def ints(attribute: ir.Attribute) -> list[int]:
    """An ArrayAttr of integers as a list."""
    return [ir.IntegerAttr(item).value for item in ir.ArrayAttr(attribute)]


def i64(value: int) -> ir.IntegerAttr:
    """A 64-bit integer attribute."""
    return ir.IntegerAttr.get(ir.IntegerType.get_signless(64), value)


def i64s(values: list[int]) -> ir.ArrayAttr:
    """A list of integers as an attribute."""
    return ir.ArrayAttr.get([i64(value) for value in values])


def view_of(op: ViewOp) -> View:
    """A view op's attributes as a View."""
    sizes = shape(op.res)
    return View(op.offset.value, tuple(sizes), tuple(ints(op.strides)[: len(sizes)]))
