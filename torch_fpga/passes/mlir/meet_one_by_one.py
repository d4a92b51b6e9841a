"""Lets the vectors of a product meet its matrix one by one, where how many there are varies from call to call.

A product holds all its vectors on chip and has multipliers for each, so their number is part of the hardware. As a
batch of products with one vector each it is a number that loops run by; the matrix is read once for each vector.
"""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.schedule_phases import source_of_operand, view_of_operand
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.stages.matmul import MatmulOp
from torch_fpga.stages.row_sum import RowSumOp
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View


def meet_one_by_one(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites products that are no batch, in place, if ``options`` ask for it."""
    if not options.one_by_one:
        return
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            if isinstance(op, (MatmulOp, RowSumOp)) and _has_several(op):
                with ir.InsertionPoint(op), op.location:
                    _replace(op.results[0], _batch(op))
                op.operation.erase()


def _has_several(op: ir.OpView) -> bool:
    batch, count, _ = mem.shape(op.operands[1])
    return batch == 1 and count > 1


def _batch(op: ir.OpView) -> Tensor:
    """The result of a batch of products with one vector each, as the product had it."""
    matrix, vectors = (Tensor(source_of_operand(v)[0], view_of_operand(v)) for v in op.operands)
    (_, rows, cols), (_, count, length) = matrix.sizes, vectors.sizes
    _, *steps = matrix.view.strides
    again = matrix.through(View(matrix.view.offset, (count, rows, cols), (0, *steps))).value()
    alone = vectors.reshape([count, 1, length]).value()
    element = mem.element(op.results[0])
    if isinstance(op, RowSumOp):
        kind = ir.RankedTensorType.get([count, 1, cols], element)
        return Tensor.dense(RowSumOp(again, alone, kind).res).reshape([1, count, cols])
    kind = ir.RankedTensorType.get([count, rows, 1], element)
    made = Tensor.dense(MatmulOp(again, alone, kind).res)
    return made.through(made.view.permute([2, 1, 0]))


def _replace(old: ir.Value, new: Tensor) -> None:
    """Has all readers of a value read another one, through a view or as a whole."""
    for use in list(old.uses):
        reader = use.owner
        view = mem.view_of(reader) if isinstance(reader, mem.ViewOp) else None
        seen = new.view.through(view) if view is not None else None
        with ir.InsertionPoint(reader):
            if seen is not None:
                reader.res.replace_all_uses_with(new.through(seen).value())
                reader.operation.erase()
            else:
                whole = new.value() if view is None else new.copy().value()
                reader.operation.operands[use.operand_number] = whole
