"""The running sum of each row."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import sizes, spelling
from torch_fpga.stages.common.operands import along
from torch_fpga.stages.common.stage import Call, Stage, Task


class CumsumOp(Mem.Operation, name="cumsum", traits=[ext.Pure]):
    """The running sum along the last dimension."""

    source: ext.Operand[Any]
    res: ext.Result[Any]


class CumsumTask(Hls.Operation, name="cumsum"):
    """The running sum of each row."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr


def _build(call: Call) -> Any:
    def stage(x: ir.Value) -> ir.Value:
        return CumsumOp(x, ir.RankedTensorType.get(mem.shape(x), call.results[0].element_type)).res

    return along(call.arguments[0], call.arguments[1], stage)


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    CumsumTask(reads[0], writes[0], label, *sizes.rows(op))


STAGE = Stage(
    op=CumsumOp,
    tasks=(
        Task(
            CumsumTask,
            template="cumsum",
            header="scan.hpp",
            parameters=lambda op: [spelling.elem(op.source), spelling.elem(op.out), spelling.width(op.out)],
            arguments=lambda op: [op.source, op.out, *spelling.sizes(op, "rows", "cols")],
        ),
    ),
    lower=_lower,
    builders={"cumsum": _build},
)
