"""Rows of a table in memory, by index: vector by vector, many at once, or each as a burst."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

import numpy as np

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls, Vectors
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.dialects.scalars import ScalarBuilder, body_of_map
from torch_fpga.stages.common import arithmetic, spelling
from torch_fpga.stages.common.cost import Cost, Loop
from torch_fpga.stages.common.moves import AT_ONCE, Memory, row_loops, vector_aligned
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.stages.common.stage import Call, Stage, Task
from torch_fpga.stages.gather_elements import GatherElementsOp
from torch_fpga.targets.chip import Chip


class GatherRowsOp(Mem.Operation, name="gather_rows", traits=[ext.Pure]):
    """``table[groups, limit, *inner]`` by ``index[groups, count]``: ``[groups, count, *inner]``; inner is not empty."""

    table: ext.Operand[Any]
    index: ext.Operand[Any]
    wrap: ir.IntegerAttr
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        table, index = mem.shape(self.table), mem.shape(self.index)
        mem.require(len(index) == 2 and len(table) >= 3, self, "an index of groups and a table of rows")
        mem.require(mem.shape(self.res) == [*index, *table[2:]], self, "one row for each index")
        return True


class GatherRowsTask(Hls.Operation, name="gather_rows"):
    """Rows of a table in memory, by index."""

    table: ext.Operand[Any]
    index: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    offset: ir.IntegerAttr
    groups: ir.IntegerAttr
    count: ir.IntegerAttr
    inner_rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    group_stride: ir.IntegerAttr
    row_stride: ir.IntegerAttr
    limit: ir.IntegerAttr
    wrap: ir.IntegerAttr


class GatherVectorsTask(Hls.Operation, name="gather_vectors"):
    """Rows of whole vectors of a table in memory, by index. Lengths and strides are in vectors."""

    table: ext.Operand[Any]
    index: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    offset: ir.IntegerAttr
    groups: ir.IntegerAttr
    count: ir.IntegerAttr
    vectors_a_row: ir.IntegerAttr
    group_stride: ir.IntegerAttr
    row_stride: ir.IntegerAttr
    limit: ir.IntegerAttr
    wrap: ir.IntegerAttr


def _gathered(table: Tensor, axis: int, index: Tensor, wrap: bool, kind: ir.RankedTensorType) -> Tensor:
    """``table`` with ``index`` (any shape) in place of dimension ``axis``."""
    before, after = list(table.sizes[:axis]), list(table.sizes[axis + 1 :])
    groups, count, limit = math.prod(before), math.prod(index.sizes), table.sizes[axis]
    flat = index.reshape([1, count])
    flat = flat.through(flat.view.expand([groups, count]))
    if math.prod(after) == 1:
        rows = table.reshape([groups, limit])
        result = ir.RankedTensorType.get([groups, count], kind.element_type)
        gathered = GatherElementsOp(rows.value(), flat.value(), mem.i64(1), mem.i64(int(wrap)), result).res
    else:
        rows = table.reshape([groups, limit, *after])
        result = ir.RankedTensorType.get([groups, count, *after], kind.element_type)
        gathered = GatherRowsOp(rows.value(), flat.value(), mem.i64(int(wrap)), result).res
    return Tensor.dense(gathered).reshape(kind.shape)


def _build_select(call: Call) -> Tensor:
    table, axis, index = call.arguments
    table = table if table.sizes else table.reshape([1])
    return _gathered(table, axis % len(table.sizes), index, False, call.results[0])


def _build_embedding(call: Call) -> Tensor:
    return _gathered(call.arguments[0], 0, call.arguments[1], False, call.results[0])


def _build_index(call: Call) -> Tensor:
    table, indices = call.arguments
    given = {axis: index for axis, index in enumerate(indices) if index is not None}
    axes = list(given)
    if len(axes) == 1:
        return _gathered(table, axes[0], given[axes[0]], True, call.results[0])
    if axes != list(range(axes[0], axes[0] + len(axes))):
        # Between indices that stand apart no place is the natural one: the new dimensions come first.
        rest = [axis for axis in range(len(table.sizes)) if axis not in given]
        table, first = table.through(table.view.permute([*axes, *rest])), 0
    else:
        first = axes[0]
    limits = table.sizes[first : first + len(axes)]
    place = _place(list(given.values()), limits)
    joined = table.reshape([*table.sizes[:first], math.prod(limits), *table.sizes[first + len(axes) :]])
    return _gathered(joined, first, place, False, call.results[0])


def _place(indices: list[Tensor], limits: tuple[int, ...]) -> Tensor:
    """Several indices, broadcast together, as one into the dimensions joined. Each is checked by itself."""
    shape = list(np.broadcast_shapes(*(index.sizes for index in indices)))
    wide = ir.IntegerType.get_signless(64)
    inputs = [index.through(index.view.expand(shape)).value() for index in indices]

    def body(f: ScalarBuilder, *scalars: ir.Value) -> ir.Value:
        place, *rest = (f.wrapped_index(f.cast(x, wide), n) for x, n in zip(scalars, limits, strict=True))
        for index, limit in zip(rest, limits[1:], strict=True):
            place = f.add(f.mul(place, limit), index)
        return place

    return Tensor.dense(body_of_map(inputs, ir.RankedTensorType.get(shape, wide), body))


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    (table, view), index = reads
    groups, count = mem.shape(op.index)
    limit, *inner = view.sizes[1:]
    if isinstance(table.type, Vectors):
        row, lanes = math.prod(inner), table.type.lanes
        numbers = [view.offset, groups, count, row, view.strides[0], view.strides[1], limit]
        for i in (0, 3, 4, 5):
            numbers[i] //= lanes
        GatherVectorsTask(table, index, writes[0], label, *map(mem.i64, numbers), op.wrap)
        return
    block = [view.offset, groups, count, math.prod(inner[:-1]), inner[-1], view.strides[0], view.strides[1], limit]
    GatherRowsTask(table, index, writes[0], label, *map(mem.i64, block), op.wrap)


def _cost(op: Any, chip: Chip) -> Cost:
    groups, count, inner, cols = spelling.sizes(op, "groups", "count", "inner_rows", "cols")
    offset, group_stride, row_stride = spelling.sizes(op, "offset", "group_stride", "row_stride")
    aligned = vector_aligned(op.out, offset, group_stride, row_stride, cols)
    # The next index is taken when the rows of the one before have come.
    ends = {"reads_before": ("index",), "unpacks_before": inner * spelling.width(op.index), "writes": ("out",)}
    rows = row_loops(op.out, Memory.read(op, "table", chip), groups * count * inner, cols, aligned, **ends)
    return Cost((rows,), {"icmp": 2, "iadd": 2, "imul": 1})


def _vectors_cost(op: Any, chip: Chip) -> Cost:
    groups, count, a_row = spelling.sizes(op, "groups", "count", "vectors_a_row")
    size = 8 * arithmetic.element_type(op.out).bytes * spelling.width(op.out)
    table = Memory.read(op, "table", chip)
    gather = Loop(
        "gathered_vectors",
        groups * count * a_row,
        1,
        table.cycles + chip.latency("icmp", "select", "imul", "iadd"),
        reads=("index",),
        unpacks=a_row * min(spelling.width(op.index), count),
        writes=("out",),
        memory=table.access(size, 1, a_row * size // 8, AT_ONCE),
    )
    return Cost((gather,), {"icmp": 4, "iadd": 4, "imul": 1})


STAGE = Stage(
    op=GatherRowsOp,
    tasks=(
        Task(
            GatherRowsTask,
            template="gather_rows",
            header="gather.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.out), spelling.width(op.out)),
                *(spelling.elem(op.index), spelling.width(op.index)),
            ],
            arguments=lambda op: [
                *(op.table, op.index, op.out),
                *spelling.sizes(op, "offset", "groups", "count", "inner_rows", "cols"),
                *spelling.sizes(op, "group_stride", "row_stride", "limit"),
                spelling.flag(op.wrap),
            ],
            reads_memory=True,
            cost=_cost,
        ),
        Task(
            GatherVectorsTask,
            template="gather_vectors",
            header="gather.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.out), spelling.width(op.out)),
                *(spelling.elem(op.index), spelling.width(op.index)),
            ],
            arguments=lambda op: [
                *(op.table, op.index, op.out),
                *spelling.sizes(op, "offset", "groups", "count", "vectors_a_row"),
                *spelling.sizes(op, "group_stride", "row_stride", "limit"),
                spelling.flag(op.wrap),
            ],
            reads_memory=True,
            at_once=AT_ONCE,
            cost=_vectors_cost,
        ),
    ),
    lower=_lower,
    builders={"select": _build_select, "embedding": _build_embedding, "index": _build_index},
    at_random=frozenset({0}),
    in_bursts=frozenset({0}),
)
