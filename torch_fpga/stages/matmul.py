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
from torch_fpga.interleaving import product_of
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.stages.common.operands import Tensor, unrounded
from torch_fpga.stages.common.rows_on_chip import load_row
from torch_fpga.stages.common.stage import Call, Stage, Task
from torch_fpga.stages.row_sum import RowSumOp
from torch_fpga.targets.chip import Chip


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
    product = product_of(left.view, right.view)
    streamed, kept = (right, left) if product.turned else (left, right)
    matrix, vectors = streamed.through(product.matrix), kept.through(product.vectors)
    (batch, rows, _), count = matrix.sizes, vectors.sizes[1]
    if product.summed:
        result = ir.RankedTensorType.get([batch, count, rows], kind.element_type)
        made = _turned(Tensor.dense(RowSumOp(_turned(matrix).value(), vectors.value(), result).res))
    else:
        result = ir.RankedTensorType.get([batch, rows, count], kind.element_type)
        made = Tensor.dense(MatmulOp(matrix.value(), vectors.value(), result).res)
    return (_turned(made) if product.turned else made).reshape(kind.shape)


def _turned(tensor: Tensor) -> Tensor:
    return tensor.through(tensor.view.permute([0, 2, 1]))


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    batches, rows, cols = mem.shape(op.matrix)
    numbers = [mem.shape(op.vectors)[1], batches, rows, cols]
    kind = sizes.accumulator(mem.element(op.res))
    MatmulTask(*reads, writes[0], label, kind, *map(mem.i64, numbers), sizes.out_cols(op))


def _lower_rows(op: Any, rows: int, reads: list[ir.Value], out: ir.Value, label: ir.StringAttr) -> None:
    """Some rows of one matrix against one vector, one result at a time."""
    numbers = (1, 1, rows, mem.shape(op.matrix)[2], 1)
    MatmulTask(*reads, out, label, sizes.accumulator(mem.element(op.res)), *map(mem.i64, numbers))


def _cost(op: Any, chip: Chip) -> Cost:
    count, batches, rows, cols = spelling.sizes(op, "count", "batches", "rows", "cols")
    kind, kept = arithmetic.element_type(op.accumulator.value), arithmetic.element_type(op.vectors)
    width, steps = spelling.width(op.matrix), -(-cols // spelling.width(op.matrix))
    widened = arithmetic.cast(arithmetic.element_type(op.matrix), kind)
    rounded = arithmetic.cast(kind, arithmetic.element_type(op.out))
    sums, multiply = arithmetic.Joined.sums(kind, width), arithmetic.multiply(kind)
    dot = Loop(
        "dot",
        steps,
        sums.ii(chip),
        2 + chip.latency(*widened, multiply) + sums.depth(chip),
        sums.why(chip),
        after=sums.after(chip) + chip.latency(*rounded) + count,
        reads=("matrix",),
        writes_after=("out",),
        packs_after=spelling.width(op.out),
        operators=arithmetic.chains((widened, width), ((multiply,), width * count)) + sums.operators(count),
    )
    keep = load_row(op.vectors, "vectors", cols, chip, arithmetic.cast(kept, kind))
    held = Array("held", count * power_of_two(cols), 8 * kind.bytes, count * width)
    return Cost(
        (Repeat(batches, (Repeat(count, (keep,)), Repeat(rows, (dot,)))),),
        arithmetic.chains((rounded, 1)) + sums.operators_after(),
        (held,),
    )


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
            cost=_cost,
        ),
    ),
    lower=_lower,
    builders={"matmul": _build},
    packs=True,
    widens=frozenset({0}),
    at_port_width=frozenset({0}),
    lower_rows=_lower_rows,
)
