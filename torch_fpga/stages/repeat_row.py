"""A row that is broadcast: read once, kept on chip, and given for every row."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import rows_and_cols
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop
from torch_fpga.stages.common.stage import Stage, Task
from torch_fpga.targets.chip import Chip


class RepeatRowOp(Mem.Operation, name="repeat_row", traits=[ext.Pure]):
    """Every row of the result is the source."""

    source: ext.Operand[Any]
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        cols = math.prod(mem.shape(self.source))
        mem.require(cols == mem.shape(self.res)[-1] == mem.shape(self.source)[-1], self, "the source is one row")
        return True


class RepeatRowTask(Hls.Operation, name="repeat_row"):
    """One row as many rows."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    max_cols: ir.IntegerAttr


def _lower_rows(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    RepeatRowTask(reads[0], writes[0], label, mem.i64(rows), sizes.cols(op), sizes.row_buffer(op))


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    _lower_rows(op, rows_and_cols(mem.shape(op.res))[0], reads, writes, label)


def _cost(op: Any, chip: Chip) -> Cost:
    rows, cols, max_cols = spelling.sizes(op, "rows", "cols", "max_cols")
    kind, width = arithmetic.element_type(op.out), spelling.width(op.out)
    steps = -(-cols // width)
    loops = (Loop("keep_row", steps, reads=("source",)), Loop("repeat", rows * steps, depth=3, writes=("out",)))
    return Cost(loops, arrays=(Array("row", -(-max_cols // width), 8 * kind.bytes * width, at_once=1),))


STAGE = Stage(
    op=RepeatRowOp,
    tasks=(
        Task(
            RepeatRowTask,
            template="repeat_row",
            header="repeat.hpp",
            parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), op.max_cols.value],
            arguments=lambda op: [op.source, op.out, *spelling.sizes(op, "rows", "cols")],
            cost=_cost,
        ),
    ),
    lower=_lower,
    by_rows=_lower_rows,
    kept=frozenset({0}),
)
