"""Single elements of a table in memory, by index."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.stages.common import spelling
from torch_fpga.stages.common.cost import Cost
from torch_fpga.stages.common.moves import Memory, element_loops
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.stages.common.stage import Call, Stage, Task
from torch_fpga.targets.chip import Chip


class GatherElementsOp(Mem.Operation, name="gather_elements", traits=[ext.Pure]):
    """``res[i, j, ..] = table[i, index[i, j, ..], ..]`` along ``axis``."""

    table: ext.Operand[Any]
    index: ext.Operand[Any]
    axis: ir.IntegerAttr
    wrap: ir.IntegerAttr
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        mem.require(mem.shape(self.res) == mem.shape(self.index), self, "one element for each index")
        mem.require(len(mem.shape(self.table)) == len(mem.shape(self.index)), self, "table and index have one rank")
        return True


class GatherElementsTask(Hls.Operation, name="gather_elements"):
    """Elements of a table in memory, by index and position."""

    table: ext.Operand[Any]
    index: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    offset: ir.IntegerAttr
    sizes: ir.ArrayAttr
    strides: ir.ArrayAttr
    index_stride: ir.IntegerAttr
    limit: ir.IntegerAttr
    wrap: ir.IntegerAttr


def _build(call: Call) -> Tensor:
    table, axis, index = call.arguments[:3]
    if not table.sizes:
        table, index = table.reshape([1]), index.reshape([1])
    axis %= len(table.sizes)
    # The other dimensions may be larger in the table than in the index; only the front part is used.
    view = table.view
    for i, size in enumerate(index.sizes):
        view = view if i == axis else view.slice(i, 0, size, 1)
    result = ir.RankedTensorType.get(list(index.sizes), call.results[0].element_type)
    op = GatherElementsOp(table.through(view).value(), index.value(), mem.i64(axis), mem.i64(0), result)
    return Tensor.dense(op.res).reshape(call.results[0].shape)


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    (table, view), index = reads
    axis = op.axis.value
    strides = [0 if i == axis else stride for i, stride in enumerate(view.strides)]
    pattern = [mem.i64(view.offset), mem.i64s(mem.shape(op.index)), mem.i64s(strides)]
    by_index = [mem.i64(view.strides[axis]), mem.i64(view.sizes[axis])]
    GatherElementsTask(table, index, writes[0], label, *pattern, *by_index, op.wrap)


def _cost(op: Any, chip: Chip) -> Cost:
    table, sizes = Memory.read(op, "table", chip), mem.ints(op.sizes)
    loops = element_loops(op.out, table, sizes, "gather", reads_before=("index",), writes_after=("out",))
    return Cost((loops,), {"icmp": 2, "iadd": 3, "imul": 2})


STAGE = Stage(
    op=GatherElementsOp,
    tasks=(
        Task(
            GatherElementsTask,
            template="gather_elements",
            header="gather.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.out), spelling.width(op.out), spelling.elem(op.index), spelling.rank(op))
            ],
            arguments=lambda op: [
                *(op.table, op.index, op.out),
                *(*spelling.sizes(op, "index_stride", "limit"), spelling.flag(op.wrap)),
                *spelling.pattern(op),
            ],
            reads_memory=True,
            cost=_cost,
        ),
    ),
    lower=_lower,
    builders={"gather": _build},
    at_random=frozenset({0}),
)
