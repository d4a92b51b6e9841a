"""Softmax of each row."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import sizes, spelling
from torch_fpga.stages.common.cost import Cost
from torch_fpga.stages.common.operands import along
from torch_fpga.stages.common.rows_on_chip import softmax_cost
from torch_fpga.stages.common.stage import Call, Stage, Task, all_rows
from torch_fpga.targets.chip import Chip


class SoftmaxOp(Mem.Operation, name="softmax", traits=[ext.Pure]):
    """Softmax over the last dimension."""

    source: ext.Operand[Any]
    res: ext.Result[Any]


class SoftmaxTask(Hls.Operation, name="softmax"):
    """Softmax of each row, which is kept on chip while its sum is made."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    max_cols: ir.IntegerAttr


def _build(call: Call) -> Any:
    source, axis, *_ = call.arguments
    return along(source, axis, lambda x: SoftmaxOp(x, x.type).res)


def _lower(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    SoftmaxTask(reads[0], writes[0], label, mem.i64(rows), sizes.cols(op), sizes.row_buffer(op))


def _cost(op: Any, chip: Chip) -> Cost:
    return softmax_cost(op, chip, log=False)


STAGE = Stage(
    op=SoftmaxOp,
    tasks=(
        Task(
            SoftmaxTask,
            template="softmax",
            header="softmax.hpp",
            parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), op.max_cols.value],
            arguments=lambda op: [op.source, op.out, *spelling.sizes(op, "rows", "cols")],
            cost=_cost,
        ),
    ),
    lower=all_rows(_lower),
    by_rows=_lower,
    builders={"softmax": _build},
)
