"""Copies a gather's table whose rows are not contiguous in memory, so that a row can be read as a burst."""

from __future__ import annotations

import math

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.fold_reshapes import view_of
from torch_fpga.passes.mlir.scalars import body_of_map
from torch_fpga.passes.mlir.views import View


def legalize_tables(module: ir.Module) -> None:
    """Rewrites in place. An element gather reads any view and needs nothing."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            if isinstance(op, mem.GatherRowsOp) and not _contiguous_rows(op.table):
                with ir.InsertionPoint(op), op.location:
                    kind = ir.RankedTensorType.get(mem.shape(op.table), mem.element(op.table))
                    op.operation.operands[0] = body_of_map([op.table], kind, lambda f, x: x)


def _contiguous_rows(table: ir.Value) -> bool:
    if not isinstance(table.owner, mem.ViewOp):
        return True
    view = view_of(table.owner)
    inner = View(0, view.sizes[2:], view.strides[2:])
    return inner == View.whole(view.sizes[2:]) or math.prod(view.sizes[2:]) == 1
