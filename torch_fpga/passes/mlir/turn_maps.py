"""Moves a transposition from in front of a map behind it.

What a map reads transposed has to be stored first, and read element by element. Behind the map a selection along the
other axis takes it back: the scores of several queries, scaled row by row, stay a row a query.
"""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.rewire import replace_readers
from torch_fpga.passes.mlir.schedule_phases import source_of_operand, view_of_operand
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View


def turn_maps(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites maps of matrices in place, where nothing that they read is harder to read the other way round."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            if isinstance(op, mem.MapOp) and _gains(op):
                with ir.InsertionPoint(op), op.location:
                    _turn(op)


def _gains(op: mem.MapOp) -> bool:
    if len(mem.shape(op.res)) != 2 or 1 in mem.shape(op.res):
        return False
    # What is read the other way round has to lie in memory so, or be one number.
    easy = (strides[0] == 1 or not any(strides) for strides in (view_of_operand(v).strides for v in op.operands))
    return any(map(_is_turned, op.operands)) and all(easy)


def _is_turned(value: ir.Value) -> bool:
    """Whether a value is the transposed one of what a stage makes."""
    base, _ = source_of_operand(value)
    rows, cols = mem.shape(value)
    return not isinstance(base.owner, ir.Block) and view_of_operand(value) == View(0, (rows, cols), (1, rows))


def _turn(op: mem.MapOp) -> None:
    rows, cols = mem.shape(op.res)
    views = [(source_of_operand(value)[0], view_of_operand(value)) for value in op.operands]
    first, *rest = [Tensor(base, view.permute([1, 0])).value() for base, view in views]
    kind = ir.RankedTensorType.get([cols, rows], mem.element(op.res))
    turned = mem.MapOp(first, kind, **{f"in{i}": value for i, value in enumerate(rest, 1)})
    op.body.blocks[0].append_to(turned.body)
    made = Tensor.dense(turned.res)
    replace_readers(op.res, made.through(made.view.permute([1, 0])))
    op.operation.erase()
