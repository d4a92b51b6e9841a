"""The best of each row, and where they are; a sort is the best of all."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from collections.abc import Sequence
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.sharding import Blocks
from torch_fpga.stages.common import arithmetic, sizes, sorting, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.stages.common.operands import Tensor, along
from torch_fpga.stages.common.stage import Call, Sharding, Stage, Task
from torch_fpga.targets.chip import Chip

# Up to so many candidates are kept in registers: kMaxShiftRegisters of topk.hpp. More are found in the row, which is
# kept on the chip, or in a heap where it is too long for that.
_SHIFT_REGISTERS = 128
# Cycles of a step down a heap: a read of two children, two comparisons, a write.
_HEAP_STEP = 4
# Blocks keep their best in registers of their own: up to so many, for there are as many blocks as memory channels.
_BLOCK_REGISTERS = 64
# Cycles from one result of a merge to the next: a comparison, and the hole that moves through the levels.
_MERGE = 2


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


class TopkBySortTask(Hls.Operation, name="topk_by_sort"):
    """The k best of each row, which is sorted whole on the chip; rows of at most ``most`` elements."""

    source: ext.Operand[Any]
    values: ext.Operand[Any]
    indices: ext.Operand[Any]
    label: ir.StringAttr
    largest: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    k: ir.IntegerAttr
    most: ir.IntegerAttr


class TopkByRadixTask(Hls.Operation, name="topk_by_radix"):
    """The k best of each row, at most ``most``, found digit by digit in the row, which is kept on the chip."""

    source: ext.Operand[Any]
    values: ext.Operand[Any]
    indices: ext.Operand[Any]
    label: ir.StringAttr
    largest: ir.IntegerAttr
    sorted: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    k: ir.IntegerAttr
    max_cols: ir.IntegerAttr
    most: ir.IntegerAttr


class TopkOfBlockTask(Hls.Operation, name="topk_of_block"):
    """The k best of a block of rows, one value a cycle; their places count from ``first``. ``times`` one after the
    other."""

    source: ext.Operand[Any]
    values: ext.Operand[Any]
    indices: ext.Operand[Any]
    label: ir.StringAttr
    largest: ir.IntegerAttr
    first: ir.IntegerAttr
    rows: ir.IntegerAttr
    k: ir.IntegerAttr
    times: ir.IntegerAttr


class MergeTopkTask(Hls.Operation, name="merge_topk"):
    """The k best of the sorted best of blocks, of ``each`` rows and at the end of ``last``. ``times`` one after the
    other."""

    values: ext.Operand[Any]
    indices: ext.Operand[Any]
    block_values: Sequence[ext.Operand[Any]]
    block_indices: Sequence[ext.Operand[Any]]
    label: ir.StringAttr
    largest: ir.IntegerAttr
    each: ir.IntegerAttr
    last: ir.IntegerAttr
    k: ir.IntegerAttr
    times: ir.IntegerAttr


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
    cols, k = mem.shape(op.source)[-1], mem.shape(op.values)[-1]
    given = (reads[0], *writes, label, op.largest)
    numbers = (*sizes.rows(op), mem.i64(k))
    pair = 2 * spelling.width(reads[0])
    if power_of_two(k) <= _SHIFT_REGISTERS or cols > sorting.MAX_COLS:
        TopkTask(*given, op.sorted, *numbers)
    elif sorting.sorts_whole(cols, k):
        TopkBySortTask(*given, *numbers, mem.i64(max(power_of_two(cols), pair)))
    else:
        most = max(power_of_two(k), pair)
        TopkByRadixTask(*given, op.sorted, *numbers, sizes.row_buffer(op), mem.i64(most))


def _fits_registers(op: TopkOp) -> bool:
    return power_of_two(mem.shape(op.values)[-1]) <= _BLOCK_REGISTERS


def _lower_block(
    op: Any, blocks: Blocks, block: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr
) -> None:
    numbers = (blocks.first(block), blocks.size(block), mem.shape(op.values)[-1], blocks.times)
    TopkOfBlockTask(reads[0], *writes, label, op.largest, *map(mem.i64, numbers))


def _lower_join(
    op: Any, blocks: Blocks, parts: list[list[ir.Value]], writes: list[ir.Value], label: ir.StringAttr
) -> None:
    numbers = (blocks.each, blocks.size(blocks.count - 1), mem.shape(op.values)[-1], blocks.times)
    MergeTopkTask(*writes, *map(list, zip(*parts, strict=True)), label, op.largest, *map(mem.i64, numbers))


def _block_cost(op: Any, chip: Chip) -> Cost:
    rows, k = spelling.sizes(op, "rows", "k")
    kind, width, most, count = (
        arithmetic.element_type(op.source),
        spelling.width(op.source),
        power_of_two(k),
        min(k, rows),
    )
    take = Loop("take", rows, 1, 4, reads=("source",), unpacks=width)
    give = Loop("give_best", count, 1, 3, writes=("values", "indices"))
    # A register takes its neighbour's entry, the new one or its own: three inputs and two bits that choose are a LUT
    # for each bit. What is compared, the place and the value are three words.
    operators = arithmetic.chains((("icmp",), most + 1), (("select",), 3 * most + 2 * width))
    best = Array("best", most, 8 * (2 * kind.bytes + 4), most, registers=True)
    return Cost((Repeat(op.times.value, (take, give)),), operators, (best,))


def _merge_cost(op: Any, chip: Chip) -> Cost:
    k, blocks = op.k.value, len(op.block_values)
    kind, most = arithmetic.element_type(op.values), power_of_two(k)
    collect = Loop("collect", k, 1, 2, reads=("block_values", "block_indices"))
    why = "who leaves a node is known when what is below it was compared"
    width, leaves = spelling.width(op.values), power_of_two(blocks)
    climb = arithmetic.levels(blocks) + 1
    ends = {"writes": ("values", "indices"), "packs": min(width, k), "lag": climb}
    merge = Loop("merge", k + climb, _MERGE, _MERGE + 2, why, **ends)
    # A node has a rank, a value and an index, of two words.
    bits = 2 * 8 * kind.bytes + 64
    operators = arithmetic.chains((("icmp",), leaves), (("select",), -(-bits // 32) * 2 * leaves))
    arrays = (
        Array("value", blocks * most, 8 * kind.bytes, blocks),
        Array("index", blocks * most, 64, blocks),
        Array("node", 2 * leaves, bits, 2 * leaves, registers=True),
    )
    return Cost((Repeat(op.times.value, (collect, merge)),), operators, arrays)


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
        Task(
            TopkBySortTask,
            template="topk_by_sort",
            header="sort.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.source), spelling.width(op.source), spelling.width(op.values)),
                *(op.most.value, spelling.flag(op.largest)),
            ],
            arguments=lambda op: [op.source, op.values, op.indices, *spelling.sizes(op, "rows", "cols", "k")],
            cost=sorting.sort_cost,
        ),
        Task(
            TopkByRadixTask,
            template="topk_by_radix",
            header="radix_select.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.source), spelling.width(op.source), spelling.width(op.values)),
                *(op.max_cols.value, op.most.value, spelling.flag(op.largest), spelling.flag(op.sorted)),
            ],
            arguments=lambda op: [op.source, op.values, op.indices, *spelling.sizes(op, "rows", "cols", "k")],
            cost=sorting.radix_cost,
        ),
        Task(
            TopkOfBlockTask,
            template="topk_of_block",
            header="topk.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.source), spelling.width(op.source)),
                *(power_of_two(op.k.value), spelling.flag(op.largest)),
            ],
            arguments=lambda op: [op.source, op.values, op.indices, *spelling.sizes(op, "first", "rows", "k", "times")],
            cost=_block_cost,
        ),
        Task(
            MergeTopkTask,
            template="merge_topk",
            header="shards.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.values), spelling.width(op.values)),
                *(power_of_two(op.k.value), spelling.flag(op.largest), len(op.block_values)),
                *map(spelling.array_depth, (op.block_values, op.block_indices)),
            ],
            arguments=lambda op: [
                *(op.values, op.indices),
                *spelling.sizes(op, "k", "each", "last", "times"),
                *(list(op.block_values), list(op.block_indices)),
            ],
            cost=_merge_cost,
        ),
    ),
    lower=_lower,
    sharding=Sharding(_lower_block, _lower_join, width=1, fits=_fits_registers),
    builders={"topk": _build, "sort": _build_sort},
)
