"""Makes a row that a map reads for every row a stage of its own, which reads memory once and keeps the row on chip.

A row beside a product whose vectors meet its matrix one by one is left alone: ``shard`` reads it in blocks as well.
A row that is itself made of more than tensors in memory is left alone: its maker and its reader may take the same
stream, and would have to wait for each other.
"""

from __future__ import annotations

import math

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import rows_and_cols
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.schedule_phases import source_of_operand, view_of_operand
from torch_fpga.stages.matmul import MatmulOp
from torch_fpga.stages.repeat_row import RepeatRowOp
from torch_fpga.targets.kernel import KernelOptions

_MAX_COLS = 1 << 16
"""Elements of the longest row that is kept: as of a norm."""


def insert_broadcasts(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place. Each operand gets a stage of its own, so that none of them is read twice."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            if not isinstance(op, mem.MapOp) or any(map(_meets_one_by_one, op.operands)):
                continue
            for i, value in enumerate(op.operands):
                if isinstance(value.owner, ir.OpView) and isinstance(value.owner, mem.ViewOp) and _repeats(value.owner):
                    with ir.InsertionPoint(op), op.location:
                        op.operation.operands[i] = RepeatRowOp(_row(value.owner), value.type).res
        for op in reversed(list(function.entry_block.operations)):
            if isinstance(op, mem.ViewOp) and not list(op.res.uses):
                op.operation.erase()


def _meets_one_by_one(value: ir.Value) -> bool:
    """Whether a value is of a product whose vectors meet its matrix one by one: beside it memory is read again, too."""
    base, _ = source_of_operand(value)
    made = base.owner.opview if isinstance(base.owner, ir.Operation) else base.owner
    if not isinstance(made, MatmulOp):
        return False
    matrix = view_of_operand(made.matrix)
    return matrix.sizes[0] > 1 and matrix.strides[0] == 0


def _repeats(view: mem.ViewOp) -> bool:
    sizes, strides = mem.shape(view.res), mem.ints(view.strides)
    rows, cols = rows_and_cols(sizes)
    whole = math.prod(mem.shape(view.source)) == cols and view.offset.value == 0
    same = all(stride == 0 for size, stride in zip(sizes[:-1], strides, strict=False) if size > 1)
    return rows > 1 and 1 < cols <= _MAX_COLS and whole and same and strides[-1] == 1 and _is_near_memory(view.source)


def _is_near_memory(source: ir.Value) -> bool:
    """An input, or what a map makes of inputs for this reader alone."""
    if isinstance(source.owner, ir.Block):
        return True
    alone = len(list(source.uses)) == 1 and isinstance(source.owner.opview, mem.MapOp)
    return alone and all(isinstance(value.owner, ir.Block) for value in source.owner.opview.operands)


def _row(view: mem.ViewOp) -> ir.Value:
    """The source as one dimension."""
    shape = mem.shape(view.source)
    if len(shape) == 1:
        return view.source
    kind = ir.RankedTensorType.get([math.prod(shape)], mem.element(view.source))
    return mem.ViewOp(view.source, mem.i64(0), mem.i64s([1]), kind).res
