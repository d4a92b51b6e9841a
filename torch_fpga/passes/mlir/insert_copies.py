"""Makes every result and every part of a concat the own product of a stage, so that a store can follow it.

What is a view, an argument or wanted twice there is copied by an identity map first.
"""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.dialects.scalars import body_of_map
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions


def insert_copies(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            if isinstance(op, (mem.ConcatOp, func.ReturnOp)):
                _own_operands(op)


def _own_operands(op: ir.OpView) -> None:
    taken: list[ir.Value] = []
    for i, value in enumerate(op.operands):
        base = value
        if isinstance(op, func.ReturnOp) and isinstance(value.owner, mem.ViewOp):
            # A result in another shape but the same order is stored as it is.
            view = value.owner
            same = mem.view_of(view).same_order_as_dense(mem.shape(view.source))
            base = view.source if same else value
        whole = isinstance(op, func.ReturnOp) and isinstance(base.owner, mem.ConcatOp)
        if (_made_by_task(base) or whole) and base not in taken:
            taken.append(base)
            continue
        with ir.InsertionPoint(op), op.location:
            kind = ir.RankedTensorType.get(mem.shape(value), mem.element(value))
            op.operation.operands[i] = body_of_map([value], kind, lambda f, x: x)


def _made_by_task(value: ir.Value) -> bool:
    return isinstance(value.owner, ir.OpView) and STAGES.becomes_task(value.owner)
