"""The running sum of each row."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Cost, Loop, Repeat
from torch_fpga.stages.common.operands import along
from torch_fpga.stages.common.stage import Call, Stage, Task, all_rows
from torch_fpga.targets.chip import Chip

# A sum of 64 bits takes a little more than a nanosecond, a cycle three or four.
_INTEGER_SUMS_A_CYCLE = 2


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


def _lower(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    CumsumTask(reads[0], writes[0], label, mem.i64(rows), sizes.cols(op))


def _cost(op: Any, chip: Chip) -> Cost:
    rows, cols = spelling.sizes(op, "rows", "cols")
    kind, made, width = arithmetic.element_type(op.source), arithmetic.element_type(op.out), spelling.width(op.out)
    wide = arithmetic.FLOAT32 if kind.floating else arithmetic.element_type(ir.IntegerType.get_signless(64))
    first, last = arithmetic.cast(kind, wide), arithmetic.cast(wide, made)
    # The lanes are added one behind the other, and the next vector waits for the last of them.
    sums = width * (arithmetic.add_carried(wide),)
    chain = max(chip.carried(*sums), width // _INTEGER_SUMS_A_CYCLE)
    why = f"a chain of {width} sums that the next vector waits for" if chain > 1 else ""
    depth = 2 + chip.latency(*first, *last) + chain
    operators = arithmetic.chains((first, width), (sums, 1), (last, width))
    steps = -(-cols // width)
    loop = Loop("scan", steps, chain, depth, why, reads=("source",), writes=("out",), operators=operators)
    return Cost((Repeat(rows, (loop,)),))


STAGE = Stage(
    op=CumsumOp,
    tasks=(
        Task(
            CumsumTask,
            template="cumsum",
            header="scan.hpp",
            parameters=lambda op: [spelling.elem(op.source), spelling.elem(op.out), spelling.width(op.out)],
            arguments=lambda op: [op.source, op.out, *spelling.sizes(op, "rows", "cols")],
            cost=_cost,
        ),
    ),
    lower=all_rows(_lower),
    by_rows=_lower,
    builders={"cumsum": _build},
)
