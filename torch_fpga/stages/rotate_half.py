"""Rows of which the halves change places: a part of rotary position embedding."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import rows_and_cols
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import arithmetic, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.stages.common.stage import Call, Stage, Task, all_rows
from torch_fpga.targets.chip import Chip


class RotateHalfOp(Mem.Operation, name="rotate_half", traits=[ext.Pure]):
    """The halves of each row in the other order, the second one, which comes first then, with its sign turned."""

    source: ext.Operand[Any]
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        cols = rows_and_cols(mem.shape(self.source))[1]
        mem.require(cols > 0 and cols % 2 == 0, self, "rows have two halves")
        return True


class RotateHalfTask(Hls.Operation, name="rotate_half"):
    """A row is taken in while the one before it is given."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    half: ir.IntegerAttr


def _build(call: Call) -> Any:
    (source,) = call.arguments
    return Tensor.dense(RotateHalfOp(source.value(), call.results[0]).res)


def _lower(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    half = rows_and_cols(mem.shape(op.source))[1] // 2
    RotateHalfTask(reads[0], writes[0], label, mem.i64(rows), mem.i64(half))


def _cost(op: Any, chip: Chip) -> Cost:
    rows, half = spelling.sizes(op, "rows", "half")
    kind, width = arithmetic.element_type(op.out), spelling.width(op.out)
    steps = -(-2 * half // width)
    turn = Loop(
        "turn",
        (rows + 1) * steps,
        depth=3 + chip.latency("select"),
        lag=steps,
        reads=("source",),
        writes=("out",),
        operators=arithmetic.chains((("select", "logic"), width)),
    )
    kept = tuple(Array(name, 2 * steps * width, 8 * kind.bytes, width) for name in ("first", "second"))
    return Cost((turn,), arrays=kept)


STAGE = Stage(
    op=RotateHalfOp,
    tasks=(
        Task(
            RotateHalfTask,
            template="rotate_half",
            header="rotate.hpp",
            parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), op.half.value],
            arguments=lambda op: [op.source, op.out, op.rows.value],
            cost=_cost,
        ),
    ),
    lower=all_rows(_lower),
    by_rows=_lower,
    builders={"rotate_half": _build},
)
