"""Logarithm of the softmax of each row."""

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


class LogSoftmaxOp(Mem.Operation, name="log_softmax", traits=[ext.Pure]):
    """The logarithm of softmax over the last dimension, which softmax itself would round to zero or infinity."""

    source: ext.Operand[Any]
    res: ext.Result[Any]


class LogSoftmaxTask(Hls.Operation, name="log_softmax"):
    """Log-softmax of each row, which is kept on chip while the sum of its exponentials is made."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    max_cols: ir.IntegerAttr


def _build(call: Call) -> Any:
    source, axis, *_ = call.arguments
    return along(source, axis, lambda x: LogSoftmaxOp(x, x.type).res)


def _lower(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    LogSoftmaxTask(reads[0], writes[0], label, mem.i64(rows), sizes.cols(op), sizes.row_buffer(op))


def _cost(op: Any, chip: Chip) -> Cost:
    return softmax_cost(op, chip, log=True)


STAGE = Stage(
    op=LogSoftmaxOp,
    tasks=(
        Task(
            LogSoftmaxTask,
            template="log_softmax",
            header="softmax.hpp",
            parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), op.max_cols.value],
            arguments=lambda op: [op.source, op.out, *spelling.sizes(op, "rows", "cols")],
            cost=_cost,
        ),
    ),
    lower=all_rows(_lower),
    by_rows=_lower,
    builders={"log_softmax": _build},
)
