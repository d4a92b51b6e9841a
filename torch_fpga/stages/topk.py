"""The best of each row, and where they are; a sort is the best of all."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import sizes, spelling
from torch_fpga.stages.common.operands import Tensor, along
from torch_fpga.stages.common.stage import Call, Stage, Task


class TopkOp(Mem.Operation, name="topk", traits=[ext.Pure]):
    """The k largest (smallest) of the last dimension and where they are. Ties: the lower index. NaN is the largest."""

    source: ext.Operand[Any]
    largest: ir.IntegerAttr
    sorted: ir.IntegerAttr
    values: ext.Result[Any]
    indices: ext.Result[Any]

    def verify_invariants(self) -> bool:
        k, cols = mem.shape(self.values)[-1], mem.shape(self.source)[-1]
        mem.require(0 < k <= cols, self, "k is at most the length of a row")
        return True


class TopkTask(Hls.Operation, name="topk"):
    """The k best of each row."""

    source: ext.Operand[Any]
    values: ext.Operand[Any]
    indices: ext.Operand[Any]
    label: ir.StringAttr
    largest: ir.IntegerAttr
    sorted: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    k: ir.IntegerAttr


def _build(call: Call) -> Any:
    source, k, axis, largest, in_order = call.arguments
    return _best(source, k, axis, largest, in_order, call.results)


def _build_sort(call: Call) -> Any:
    # The best of all, in order; of equals the lower index comes first, so every sort is a stable one.
    source, axis, descending = call.arguments[0], *call.arguments[-2:]
    return _best(source, source.sizes[axis] if source.sizes else 1, axis, descending, True, call.results)


def _best(source: Tensor, k: int, axis: int, largest: bool, in_order: bool, kinds: list[ir.RankedTensorType]) -> Any:
    def stage(x: ir.Value) -> tuple[ir.Value, ir.Value]:
        shape = [*mem.shape(x)[:-1], k]
        kinds_here = [ir.RankedTensorType.get(shape, kind.element_type) for kind in kinds]
        op = TopkOp(x, mem.i64(int(largest)), mem.i64(int(in_order)), *kinds_here)
        return op.values, op.indices

    return along(source, axis, stage)


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    k = mem.i64(mem.shape(op.values)[-1])
    TopkTask(reads[0], *writes, label, op.largest, op.sorted, *sizes.rows(op), k)


STAGE = Stage(
    op=TopkOp,
    tasks=(
        Task(
            TopkTask,
            template="topk",
            header="topk.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.source), spelling.width(op.source), spelling.width(op.values)),
                *(power_of_two(op.k.value), spelling.flag(op.largest), spelling.flag(op.sorted)),
            ],
            arguments=lambda op: [op.source, op.values, op.indices, *spelling.sizes(op, "rows", "cols", "k")],
        ),
    ),
    lower=_lower,
    builders={"topk": _build, "sort": _build_sort},
)
