"""Reductions of the last dimension: sums, products, extremes, where the extremes are."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two, rows_and_cols
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.dialects.scalars import body_of_map
from torch_fpga.element_types import ElementType
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Cost, Loop
from torch_fpga.stages.common.operands import axes_of, joined_last, unrounded
from torch_fpga.stages.common.stage import Call, Stage, Task, all_rows
from torch_fpga.targets.chip import Chip


class ReduceOp(Mem.Operation, name="reduce", traits=[ext.Pure]):
    """Reduces the last dimension: sum, max, min, argmax, ... The result drops it (or packs in another shape)."""

    source: ext.Operand[Any]
    kind: ir.StringAttr
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        rows = math.prod(mem.shape(self.source)[:-1])
        mem.require(rows == math.prod(mem.shape(self.res)), self, "one result for each row")
        return True


class ReduceTask(Hls.Operation, name="reduce"):
    """One value a row."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    kind: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    out_cols: ir.IntegerAttr


class ArgReduceTask(Hls.Operation, name="argmax"):
    """One index a row: where the extreme is."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    largest: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    out_cols: ir.IntegerAttr


def _build(call: Call) -> ir.Value:
    source, dims = call.arguments[0], call.arguments[1] if len(call.arguments) > 1 else None
    if call.target.endswith(".default") and call.kind in ("sum", "prod", "mean", "any", "all"):
        dims = None  # what stands there is the type
    rows = joined_last(source, axes_of(dims, len(source.sizes)))
    if call.kind != "mean":
        return ReduceOp(rows.value(), ir.StringAttr.get(call.kind), call.results[0]).res
    total = ReduceOp(rows.value(), ir.StringAttr.get("sum"), unrounded(call.results[0])).res
    return body_of_map([total], call.results[0], lambda f, x: f.div(x, float(rows.sizes[-1])))


def _build_extreme(call: Call) -> tuple[ir.Value, ir.Value]:
    source, dims = call.arguments[:2]
    rows = joined_last(source, axes_of(dims, len(source.sizes))).value()
    values = ReduceOp(rows, ir.StringAttr.get(call.kind), call.results[0]).res
    return values, ReduceOp(rows, ir.StringAttr.get(f"arg{call.kind}"), call.results[1]).res


def _lower(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    # The results of some of the rows are packed into one row, whatever the shape of all.
    whole = rows == rows_and_cols(mem.shape(op.source))[0]
    numbers = mem.i64(rows), sizes.cols(op), sizes.out_cols(op) if whole else mem.i64(rows)
    if op.kind.value.startswith("arg"):
        ArgReduceTask(reads[0], writes[0], label, mem.i64(int(op.kind.value == "argmax")), *numbers)
    else:
        ReduceTask(reads[0], writes[0], label, op.kind, *numbers)


def _cost(op: Any, chip: Chip) -> Cost:
    kind, made = arithmetic.element_type(op.source), arithmetic.element_type(op.out)
    operator = _operator(op.kind.value, kind)
    wide = arithmetic.FLOAT32 if kind.half and operator.startswith("f") else kind
    return _reduced(op, "reduce_vectors", operator, arithmetic.cast(kind, wide), arithmetic.cast(wide, made), chip)


def _operator(name: str, kind: ElementType) -> str:
    if name == "sum":
        return arithmetic.add(kind)
    if name == "prod":
        return arithmetic.multiply(kind) if kind.floating else "imul"
    if name in ("any", "all"):
        return "logic"
    return "fcmp" if kind.floating else "icmp"


def _arg_cost(op: Any, chip: Chip) -> Cost:
    # Floats are compared as integers of the same order.
    return _reduced(op, "argmax_vectors", "icmp", (), (), chip)


def _reduced(op: Any, label: str, operator: str, first: arithmetic.Chain, last: arithmetic.Chain, chip: Chip) -> Cost:
    rows, cols, out_cols = spelling.sizes(op, "rows", "cols", "out_cols")
    steps = -(-cols // spelling.width(op.source))
    joined = arithmetic.OverTime(operator, spelling.width(op.source), power_of_two(steps))
    loop = Loop(
        label,
        rows * steps,
        depth=2 + chip.latency(*first, *joined.chain, *last),
        reads=("source",),
        writes=("out",),
        packs=steps * min(spelling.width(op.out), out_cols, rows),
        operators=arithmetic.chains((first, joined.width), (last, 1)) + joined.operators(),
    )
    return Cost((loop,))


STAGE = Stage(
    op=ReduceOp,
    tasks=(
        Task(
            ReduceTask,
            template="reduce",
            header="reduce.hpp",
            parameters=lambda op: [
                *(f"{op.kind.value}_op", spelling.elem(op.source), spelling.elem(op.out)),
                *(spelling.width(op.source), spelling.width(op.out)),
                power_of_two(-(-op.cols.value // spelling.width(op.source))),
            ],
            arguments=lambda op: [op.source, op.out, *spelling.sizes(op, "rows", "cols", "out_cols")],
            cost=_cost,
        ),
        Task(
            ArgReduceTask,
            template="argmax",
            header="reduce.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.source), spelling.width(op.source), spelling.width(op.out)),
                spelling.flag(op.largest),
            ],
            arguments=lambda op: [op.source, op.out, *spelling.sizes(op, "rows", "cols", "out_cols")],
            cost=_arg_cost,
        ),
    ),
    lower=all_rows(_lower),
    by_rows=_lower,
    builders={"reduce": _build, "extreme": _build_extreme},
    packs=True,
)
