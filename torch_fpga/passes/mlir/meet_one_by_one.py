"""Lets the vectors of a product meet its matrix one by one.

A product holds all its vectors on chip and has multipliers for each, so their number is part of the hardware. As a
batch of products with one vector each it is a number that loops run by, as it has to be where it varies from call to
call; the matrix is read once for each vector.

A large matrix with one vector is read over all memory channels at once, so it is the better way, too, for fewer vectors
than channels; and the results of each vector are a row, which a selection takes as it comes.
"""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import bytes_of
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.blocks import is_input
from torch_fpga.passes.mlir.rewire import replace_readers
from torch_fpga.passes.mlir.schedule_phases import source_of_operand, view_of_operand
from torch_fpga.sharding import FEW_VECTORS, is_sharded
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.stages.matmul import MatmulOp
from torch_fpga.stages.row_sum import RowSumOp
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View


def meet_one_by_one(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites products that are no batch, in place: large ones, and all if ``options`` ask for it."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            if isinstance(op, (MatmulOp, RowSumOp)) and _has_several(op) and (options.one_by_one or _pays(op, options)):
                with ir.InsertionPoint(op), op.location:
                    replace_readers(op.results[0], _batch(op))
                op.operation.erase()


def _has_several(op: ir.OpView) -> bool:
    batch, count, _ = mem.shape(op.operands[1])
    return batch == 1 and count > 1


def _pays(op: ir.OpView, options: KernelOptions) -> bool:
    """Whether the matrix of a product is one that ``shard`` reads over more channels than there are vectors."""
    count = mem.shape(op.operands[1])[1]
    if not isinstance(op, MatmulOp) or count > FEW_VECTORS or count >= options.shard_channels:
        return False
    value = op.operands[0]
    while True:
        base, view = source_of_operand(value)[0], view_of_operand(value)
        made = base.owner.opview if isinstance(base.owner, ir.Operation) else base.owner
        if not isinstance(made, mem.MapOp):
            break
        matrix = next((each for each in made.operands if _is_whole(each)), None)  # what it widens or scales
        if matrix is None or view.reshape(mem.shape(base)) != View.whole(mem.shape(base)):
            return False
        value = matrix
    as_matrix = view.reshape(mem.shape(op.operands[0]))
    return is_input(base) and as_matrix is not None and is_sharded(as_matrix, 1, bytes_of(mem.element(base)))


def _is_whole(value: ir.Value) -> bool:
    """Whether a value is all of what it reads, in its order."""
    return view_of_operand(value).same_order_as_dense(mem.shape(source_of_operand(value)[0]))


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
