"""The best of each row, and where they are; a sort is the best of all."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.stages.common.operands import Tensor, along
from torch_fpga.stages.common.stage import Call, Stage, Task
from torch_fpga.targets.chip import Chip

# Up to so many candidates are kept in registers, more in a heap: kMaxShiftRegisters of topk.hpp.
_SHIFT_REGISTERS = 128
# Cycles of a step down a heap: a read of two children, two comparisons, a write.
_HEAP_STEP = 4


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


def _cost(op: Any, chip: Chip) -> Cost:
    rows, cols, k = spelling.sizes(op, "rows", "cols", "k")
    kind, width, most = arithmetic.element_type(op.source), spelling.width(op.source), power_of_two(op.k.value)
    steps = -(-cols // width)
    bits = 8 * (2 * kind.bytes + 4)
    # Of values in random order the first k are taken, and then the n-th with probability k / n.
    taken = min(k, cols) * (1 + math.log(max(cols / max(k, 1), 1)))
    if most <= _SHIFT_REGISTERS:
        why = f"{width} insertions one behind the other" if width > 1 else ""
        select = Loop("select", steps, width, width + 3, why, reads=("source",))
        store = Array("best", most, bits, most, registers=True)
        # A comparator a register, for itself and the next one; three fields that stay, shift or are taken.
        operators = arithmetic.chains((("icmp",), width * (most + 1)), (("select",), 6 * width * most))
    else:
        # A heap is walked by loops of no fixed length, so HLS pipelines nothing: a test a lane and a walk an insertion.
        walk = _HEAP_STEP * most.bit_length()
        cycles = math.ceil(2 * width + 2 + taken * walk / max(steps, 1))
        sort = math.ceil(k * walk) if op.sorted.value else 0
        why = "the loops of a heap have no fixed length, so nothing is pipelined"
        select = Loop("select", steps, cycles, cycles, why, after=sort, reads=("source",))
        store = Array("heap", most, bits)
        operators = arithmetic.chains((("icmp",), width + 6))
    give = Loop("give", k, 1, 3, writes=("values", "indices"), packs=spelling.width(op.values))
    return Cost((Repeat(rows, (select, give)),), operators, (store,))


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
            cost=_cost,
        ),
    ),
    lower=_lower,
    builders={"topk": _build, "sort": _build_sort},
)
