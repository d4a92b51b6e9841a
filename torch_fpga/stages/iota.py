"""Counting: what a map that reads no tensor starts from."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import rows_and_cols
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import arithmetic, spelling
from torch_fpga.stages.common.cost import Cost, Loop, Repeat
from torch_fpga.stages.common.stage import Stage, Task
from torch_fpga.targets.chip import Chip


class IotaOp(Mem.Operation, name="iota", traits=[ext.Pure]):
    """The place of every element in row-major order, from 0."""

    res: ext.Result[Any]


class IotaTask(Hls.Operation, name="iota"):
    """Counts in vectors of the stream."""

    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    IotaTask(writes[0], label, *map(mem.i64, rows_and_cols(mem.shape(op.res))))


def _cost(op: Any, chip: Chip) -> Cost:
    rows, cols = spelling.sizes(op, "rows", "cols")
    width = spelling.width(op.out)
    count = Loop("count", -(-cols // width), 1, 2 + chip.latency("iadd"), writes=("out",))
    return Cost((Repeat(rows, (count,)),), arithmetic.chains((("iadd",), width)))


STAGE = Stage(
    op=IotaOp,
    tasks=(
        Task(
            IotaTask,
            template="iota",
            header="iota.hpp",
            parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out)],
            arguments=lambda op: [op.out, *spelling.sizes(op, "rows", "cols")],
            cost=_cost,
        ),
    ),
    lower=_lower,
)
