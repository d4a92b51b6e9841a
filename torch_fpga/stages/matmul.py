"""Products: a streamed matrix against a few vectors that are kept on chip."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.dialects.scalars import ScalarBuilder, body_of_map
from torch_fpga.stages.common import sizes, spelling
from torch_fpga.stages.common.operands import Tensor, unrounded
from torch_fpga.stages.common.stage import Call, Stage, Task
from torch_fpga.stages.row_sum import RowSumOp


class MatmulOp(Mem.Operation, name="matmul", traits=[ext.Pure]):
    """Streams ``matrix[batch, rows, cols]`` against a few ``vectors[batch, count, cols]``: ``[batch, rows, count]``."""

    matrix: ext.Operand[Any]
    vectors: ext.Operand[Any]
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        matrix, vectors = mem.shape(self.matrix), mem.shape(self.vectors)
        mem.require(len(matrix) == len(vectors) == 3, self, "matrix and vectors are batched")
        mem.require(matrix[0] == vectors[0] and matrix[2] == vectors[2], self, "batch and columns agree")
        count = matrix[0] * matrix[1] * vectors[1]
        mem.require(math.prod(mem.shape(self.res)) == count, self, "one result for each row and vector")
        return True


class MatmulTask(Hls.Operation, name="matmul"):
    """Dot products of streamed rows with a few buffered vectors."""

    matrix: ext.Operand[Any]
    vectors: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    accumulator: ir.TypeAttr
    count: ir.IntegerAttr
    batches: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    out_cols: ir.IntegerAttr


def _build(call: Call) -> Any:
    if call.kind != "bias":
        left, right = call.arguments[:2]
        return _product(left, right, call.results[0])
    bias, left, right, beta, alpha = call.arguments
    product = _product(left, right, unrounded(call.results[0])).value()

    def scaled(f: ScalarBuilder, x: Any, by: float) -> Any:
        return x if by == 1 else f.mul(x, by)

    if beta == 0:  # then the bias is not read, whatever is in it
        return body_of_map([product], call.results[0], lambda f, y: scaled(f, y, alpha))
    wide = bias.through(bias.view.expand(list(call.results[0].shape))).value()
    return body_of_map([wide, product], call.results[0], lambda f, x, y: f.add(scaled(f, x, beta), scaled(f, y, alpha)))


def _product(left: Tensor, right: Tensor, kind: ir.RankedTensorType) -> Tensor:
    """The product of two tensors of one to three dimensions: a batch of matrices."""
    a = left if len(left.sizes) > 1 else left.through(left.view.unsqueeze(0))
    b = right if len(right.sizes) > 1 else right.through(right.view.unsqueeze(1))
    a, b = (t.reshape([1] * (3 - len(t.sizes)) + list(t.sizes)) for t in (a, b))
    return _multiply(a, b, kind)


def _multiply(a: Tensor, b: Tensor, kind: ir.RankedTensorType) -> Tensor:
    """``a[batch, m, k] @ b[batch, k, n]``, streaming the larger side past the smaller."""
    batch, m, k = a.sizes
    n = b.sizes[2]

    def turned(t: Tensor) -> Tensor:
        return t.through(t.view.permute([0, 2, 1]))

    # Left streamed: rows of a against n vectors. Right streamed: the transposed problem.
    matrix, vectors, back = (a, turned(b), False) if m >= n else (turned(b), a, True)
    rows, count = matrix.sizes[1], vectors.sizes[1]
    if matrix.view.strides[2] in (0, 1) or k == 1 or matrix.view.strides[1] not in (0, 1) or rows == 1:
        result = ir.RankedTensorType.get([batch, rows, count], kind.element_type)
        product = Tensor.dense(MatmulOp(matrix.value(), vectors.value(), result).res)
    else:
        # The matrix lies in memory the other way round: its rows there are what is summed, not what is dotted.
        result = ir.RankedTensorType.get([batch, count, rows], kind.element_type)
        product = turned(Tensor.dense(RowSumOp(turned(matrix).value(), vectors.value(), result).res))
    return (turned(product) if back else product).reshape(kind.shape)


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    batches, rows, cols = mem.shape(op.matrix)
    numbers = [mem.shape(op.vectors)[1], batches, rows, cols]
    kind = sizes.accumulator(mem.element(op.res))
    MatmulTask(*reads, writes[0], label, kind, *map(mem.i64, numbers), sizes.out_cols(op))


def _lower_rows(op: Any, rows: int, reads: list[ir.Value], out: ir.Value, label: ir.StringAttr) -> None:
    """Some rows of one matrix against one vector, one result at a time."""
    numbers = (1, 1, rows, mem.shape(op.matrix)[2], 1)
    MatmulTask(*reads, out, label, sizes.accumulator(mem.element(op.res)), *map(mem.i64, numbers))


STAGE = Stage(
    op=MatmulOp,
    tasks=(
        Task(
            MatmulTask,
            template="matmul",
            header="matmul.hpp",
            parameters=lambda op: [
                *map(spelling.elem, (op.matrix, op.vectors, op.out)),
                spelling.accumulator(op),
                *map(spelling.width, (op.matrix, op.vectors, op.out)),
                *(op.count.value, power_of_two(op.cols.value)),
            ],
            arguments=lambda op: [
                *(op.matrix, op.vectors, op.out),
                *spelling.sizes(op, "batches", "rows", "cols", "out_cols"),
            ],
        ),
    ),
    lower=_lower,
    builders={"matmul": _build},
    packs=True,
    widens=frozenset({0}),
    at_port_width=frozenset({0}),
    lower_rows=_lower_rows,
)
