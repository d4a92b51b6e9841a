"""The ``mem`` dialect: values are tensors, ops are named stages of memory processing.

One op stands for one hls_lib template. Nothing here knows streams, ports or parallelism: that is ``hls``.
Every op reads its operands row-major; ``mem.view`` is the only op that says otherwise.
"""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.errors import InternalError

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
        raise InternalError(f"{words} in {op.operation.name}", op=op.operation.name, source=str(op.operation.location))


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


class IotaOp(Mem.Operation, name="iota", traits=[ext.Pure]):
    """The place of every element in row-major order, from 0: what a map that reads no tensor starts from."""

    res: Result[Any]


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


class ReduceOp(Mem.Operation, name="reduce", traits=[ext.Pure]):
    """Reduces the last dimension: sum, max, min, argmax, ... The result drops it (or packs in another shape)."""

    source: Operand[Any]
    kind: ir.StringAttr
    res: Result[Any]

    def verify_invariants(self) -> bool:
        rows = math.prod(shape(self.source)[:-1])
        require(rows == math.prod(shape(self.res)), self, "one result for each row")
        return True


class SoftmaxOp(Mem.Operation, name="softmax", traits=[ext.Pure]):
    """Softmax over the last dimension."""

    source: Operand[Any]
    res: Result[Any]


class LayerNormOp(Mem.Operation, name="layer_norm", traits=[ext.Pure]):
    """Layer norm over the last dimension, with an affine part where given."""

    source: Operand[Any]
    eps: ir.FloatAttr
    res: Result[Any]
    weight: Operand[Any] | None = None
    bias: Operand[Any] | None = None


class RmsNormOp(Mem.Operation, name="rms_norm", traits=[ext.Pure]):
    """RMS norm over the last dimension, with a weight where given."""

    source: Operand[Any]
    eps: ir.FloatAttr
    res: Result[Any]
    weight: Operand[Any] | None = None


class TopkOp(Mem.Operation, name="topk", traits=[ext.Pure]):
    """The k largest (smallest) of the last dimension and where they are. Ties: the lower index. NaN is the largest."""

    source: Operand[Any]
    largest: ir.IntegerAttr
    sorted: ir.IntegerAttr
    values: Result[Any]
    indices: Result[Any]

    def verify_invariants(self) -> bool:
        require(0 < shape(self.values)[-1] <= shape(self.source)[-1], self, "k is at most the length of a row")
        return True


class CumsumOp(Mem.Operation, name="cumsum", traits=[ext.Pure]):
    """The running sum along the last dimension."""

    source: Operand[Any]
    res: Result[Any]


class MatmulOp(Mem.Operation, name="matmul", traits=[ext.Pure]):
    """Streams ``matrix[batch, rows, cols]`` against a few ``vectors[batch, count, cols]``: ``[batch, rows, count]``."""

    matrix: Operand[Any]
    vectors: Operand[Any]
    res: Result[Any]

    def verify_invariants(self) -> bool:
        matrix, vectors = shape(self.matrix), shape(self.vectors)
        require(len(matrix) == len(vectors) == 3, self, "matrix and vectors are batched")
        require(matrix[0] == vectors[0] and matrix[2] == vectors[2], self, "batch and columns agree")
        count = matrix[0] * matrix[1] * vectors[1]
        require(math.prod(shape(self.res)) == count, self, "one result for each row and vector")
        return True


class RowSumOp(Mem.Operation, name="row_sum", traits=[ext.Pure]):
    """Weighted sums of streamed rows: ``weights[batch, count, rows] @ matrix[batch, rows, cols]``."""

    matrix: Operand[Any]
    weights: Operand[Any]
    res: Result[Any]

    def verify_invariants(self) -> bool:
        matrix, weights = shape(self.matrix), shape(self.weights)
        require(matrix[0] == weights[0] and matrix[1] == weights[2], self, "batch and rows agree")
        require(shape(self.res) == [matrix[0], weights[1], matrix[2]], self, "one sum for each set of weights")
        return True


class GatherRowsOp(Mem.Operation, name="gather_rows", traits=[ext.Pure]):
    """``table[groups, limit, *inner]`` by ``index[groups, count]``: ``[groups, count, *inner]``; inner is not empty."""

    table: Operand[Any]
    index: Operand[Any]
    wrap: ir.IntegerAttr
    res: Result[Any]

    def verify_invariants(self) -> bool:
        table, index = shape(self.table), shape(self.index)
        require(len(index) == 2 and len(table) >= 3, self, "an index of groups and a table of rows")
        require(shape(self.res) == [*index, *table[2:]], self, "one row for each index")
        return True


class GatherElementsOp(Mem.Operation, name="gather_elements", traits=[ext.Pure]):
    """``res[i, j, ..] = table[i, index[i, j, ..], ..]`` along ``axis``."""

    table: Operand[Any]
    index: Operand[Any]
    axis: ir.IntegerAttr
    wrap: ir.IntegerAttr
    res: Result[Any]

    def verify_invariants(self) -> bool:
        require(shape(self.res) == shape(self.index), self, "one element for each index")
        require(len(shape(self.table)) == len(shape(self.index)), self, "table and index have one rank")
        return True


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


def row_major(sizes: list[int]) -> list[int]:
    """The strides of a contiguous tensor, in elements."""
    strides, step = [], 1
    for size in reversed(sizes):
        strides.append(step)
        step *= size
    return strides[::-1]
