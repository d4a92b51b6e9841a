"""Gives the stages that pack single results the shape their reader wants.

A reduction or a product makes one scalar after the other and packs them into rows; of which length is free. Taking the
length of the reshape that follows saves a trip through a buffer.
"""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions


def fold_reshapes(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place; the views left without users are for canonicalize to remove."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            if (stage := STAGES.of(op)) and stage.packs:
                _take_shape_of_reader(op)


def _take_shape_of_reader(op: ir.OpView) -> None:
    result = op.res
    readers = [use.owner for use in result.uses]
    if not readers or not all(isinstance(reader, mem.ViewOp) for reader in readers):
        return
    kinds = {str(reader.res.type): reader.res.type for reader in readers}
    same_order = all(mem.view_of(reader).same_order_as_dense(mem.shape(result)) for reader in readers)
    if len(kinds) != 1 or not same_order:
        return
    result.set_type(next(iter(kinds.values())))
    for reader in readers:
        reader.res.replace_all_uses_with(result)
        reader.operation.erase()
