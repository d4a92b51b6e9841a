"""Copies a table that is read at random in bursts if its rows are not contiguous in memory."""

from __future__ import annotations

import math

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.dialects.scalars import body_of_map
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View


def legalize_tables(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place. An element gather reads any view and needs nothing."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            stage = STAGES.of(op)
            for position in stage.in_bursts if stage else ():
                table = op.operands[position]
                if not _contiguous_rows(table):
                    with ir.InsertionPoint(op), op.location:
                        kind = ir.RankedTensorType.get(mem.shape(table), mem.element(table))
                        op.operation.operands[position] = body_of_map([table], kind, lambda f, x: x)


def _contiguous_rows(table: ir.Value) -> bool:
    if not isinstance(table.owner, mem.ViewOp):
        return True
    view = mem.view_of(table.owner)
    inner = View(0, view.sizes[2:], view.strides[2:])
    return inner == View.whole(view.sizes[2:]) or math.prod(view.sizes[2:]) == 1
