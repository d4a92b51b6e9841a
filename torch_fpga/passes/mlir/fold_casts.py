"""Lets a stage that widens an operand itself read a quantised one as it lies in memory.

``matmul(cast(K), q)`` would stream K at the wide type; the template converts each element itself, so the stream stays
as narrow as memory: int8 keys cost a quarter of float32 ones.
"""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.element_types import BY_MLIR
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions


def fold_casts(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place; the casts left without users are for canonicalize to remove."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            stage = STAGES.of(op)
            for position in stage.widens if stage else ():
                _read_narrow(op, position)


def _read_narrow(op: ir.OpView, position: int) -> None:
    owner = op.operands[position].owner
    view = owner if isinstance(owner, ir.OpView) else None
    cast = view.source.owner if isinstance(view, mem.ViewOp) else view
    if not isinstance(cast, mem.MapOp) or not only_widens(cast):
        return
    narrow = cast.in0
    if isinstance(view, mem.ViewOp):
        if isinstance(narrow.owner, ir.OpView) and isinstance(narrow.owner, mem.ViewOp):
            # The view of the cast is one of what the cast reads only where that is a mere reshape.
            if not mem.view_of(narrow.owner).same_order_as_dense(mem.shape(narrow.owner.source)):
                return
            narrow = narrow.owner.source
        kind = ir.RankedTensorType.get(mem.shape(view.res), mem.element(narrow))
        with ir.InsertionPoint(op), view.location:
            narrow = mem.ViewOp(narrow, view.offset, view.strides, kind).res
    op.operation.operands[position] = narrow


def only_widens(op: mem.MapOp) -> bool:
    """Whether a map is a conversion that rounds nothing."""
    scalars = list(op.body.blocks[0].operations)[:-1]
    if len(op.operands) != 1 or len(scalars) != 1 or scalars[0].fn.value != "cast":
        return False
    # Conversions that round are no part of this: then the order matters.
    return str(mem.element(op.res)) in BY_MLIR[str(mem.element(op.in0))].widens_to
