"""Weighted sums of streamed rows: a product whose matrix lies in memory the other way round."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.stages.common.rows_on_chip import load_row
from torch_fpga.stages.common.stage import Stage, Task
from torch_fpga.targets.chip import Chip


class RowSumOp(Mem.Operation, name="row_sum", traits=[ext.Pure]):
    """Weighted sums of streamed rows: ``weights[batch, count, rows] @ matrix[batch, rows, cols]``."""

    matrix: ext.Operand[Any]
    weights: ext.Operand[Any]
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        matrix, weights = mem.shape(self.matrix), mem.shape(self.weights)
        mem.require(matrix[0] == weights[0] and matrix[1] == weights[2], self, "batch and rows agree")
        right = [matrix[0], weights[1], matrix[2]]
        mem.require(mem.shape(self.res) == right, self, "one sum for each set of weights")
        return True


class RowSumTask(Hls.Operation, name="row_sum"):
    """Weighted sums of streamed rows."""

    matrix: ext.Operand[Any]
    weights: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    accumulator: ir.TypeAttr
    count: ir.IntegerAttr
    batches: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    batches, rows, cols = mem.shape(op.matrix)
    numbers = [mem.shape(op.weights)[1], batches, rows, cols]
    kind = sizes.accumulator(mem.element(op.res))
    RowSumTask(*reads, writes[0], label, kind, *map(mem.i64, numbers))


def _cost(op: Any, chip: Chip) -> Cost:
    count, batches, rows, cols = spelling.sizes(op, "count", "batches", "rows", "cols")
    kind, kept = arithmetic.element_type(op.accumulator.value), arithmetic.element_type(op.weights)
    width, steps = spelling.width(op.matrix), -(-cols // spelling.width(op.matrix))
    widened = arithmetic.cast(arithmetic.element_type(op.matrix), kind)
    rounded = arithmetic.cast(kind, arithmetic.element_type(op.out))
    add, multiply = arithmetic.add_carried(kind), arithmetic.multiply(kind)
    # Consecutive iterations go to different columns: the sum of one is needed when the next row comes.
    apart = power_of_two(cols) // 2 // width + 1
    interval = -(-chip.carried(add) // apart)
    why = f"the sum of a column is needed {apart} iterations later, before the {add} is through" if interval > 1 else ""
    depth = 3 + chip.latency(*widened, multiply, add)
    accumulate = Loop("accumulate", rows * steps, interval, depth, why, reads=("matrix",))
    write = Loop("write_sums", steps, 1, 3 + chip.latency(*rounded), writes=("out",))
    keep = load_row(op.weights, "weights", rows, chip, arithmetic.cast(kept, kind))
    lanes = count * width
    operators = arithmetic.chains((widened, width), ((multiply, add), lanes), (rounded, width))
    arrays = (
        Array("weight", count * power_of_two(rows), 8 * kind.bytes, count * spelling.width(op.weights)),
        Array("sum", count * power_of_two(cols), 8 * kind.bytes, lanes),
    )
    passes = (Repeat(count, (keep,)), accumulate, Repeat(count, (write,)))
    return Cost((Repeat(batches, passes),), operators, arrays)


STAGE = Stage(
    op=RowSumOp,
    tasks=(
        Task(
            RowSumTask,
            template="row_sum",
            header="row_sum.hpp",
            parameters=lambda op: [
                *map(spelling.elem, (op.matrix, op.weights, op.out)),
                spelling.accumulator(op),
                *(spelling.width(op.matrix), spelling.width(op.weights), op.count.value),
                *(power_of_two(op.cols.value), power_of_two(op.rows.value)),
            ],
            arguments=lambda op: [op.matrix, op.weights, op.out, *spelling.sizes(op, "batches", "rows", "cols")],
            cost=_cost,
        ),
    ),
    lower=_lower,
    widens=frozenset({0}),
    sums=1,
)
