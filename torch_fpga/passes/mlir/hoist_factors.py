"""Moves a factor that is the same along the summed axis of a product out of the product.

``matmul(K * scale, q)`` with a scale a row becomes ``matmul(K, q) * scale``, and ``row_sum(V * scale, w)`` becomes
``row_sum(V, w * scale)``: a multiplication a row instead of one an element, no scale that is expanded to a matrix, and
a quantised matrix that streams as narrow as memory (``fold_casts``), over all channels (``shard``). Numbers and
divisors are factors too.

Only float32 products of what was multiplied in float32 are rewritten, so the result differs from PyTorch's by a
rounding of each product, as from another order of the sum. Not so at the ends of float32: what over- or underflows in
PyTorch is K * scale, and here the sum of K * q, or w * scale. An infinite scale makes NaN in PyTorch where the sum
meets a zero or both signs; a scale behind the sum makes NaN only where the sum is zero, and is infinite elsewhere. NaN
anywhere and infinities in K and q do here what they do there.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import arith, ir
from torch_fpga.dialects.scalars import body_of_map
from torch_fpga.passes.mlir.fold_casts import only_widens
from torch_fpga.passes.mlir.schedule_phases import source_of_operand, view_of_operand
from torch_fpga.stages import STAGES
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View

_FACTORS = {"mul": (1, 0), "div": (1,)}
"""Which operand of a scalar function may be the factor; the other one stays in the product."""


def hoist_factors(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place, one factor after the other; maps left without users are for canonicalize to remove."""
    for function in module.body.operations:
        for op in list(function.entry_block.operations):
            stage = STAGES.of(op)
            if stage is not None and stage.sums is not None and _is_float32(op.results[0]):
                while any(_moves(scaled, op, stage.sums) for scaled in _scalings(op.operands[0])):
                    pass


@dataclasses.dataclass(frozen=True)
class _Scaling:
    """A way to read what a product reads as a map that scales a tensor.

    Attributes:
        op: the map.
        fn: its function, a key of _FACTORS.
        tensor: what is scaled.
        factor: by what: a tensor or a number.
    """

    op: mem.MapOp
    fn: str
    tensor: ir.Value
    factor: ir.Value | float


def _scalings(value: ir.Value) -> Iterator[_Scaling]:
    made, _ = source_of_operand(value)
    if not isinstance(made.owner, mem.MapOp) or not _is_float32(made):
        return
    body = made.owner.body.blocks[0]
    scalar = body.operations[len(body.operations) - 1].a.owner
    if not isinstance(scalar, mem.ScalarOp):
        return
    for position in _FACTORS.get(scalar.fn.value, ()):
        factor = _read(made.owner, scalar.operands[position])
        tensor = _read(made.owner, scalar.operands[1 - position])
        if factor is not None and isinstance(tensor, ir.Value):
            yield _Scaling(made.owner, scalar.fn.value, tensor, factor)


def _read(op: mem.MapOp, scalar: ir.Value) -> ir.Value | float | None:
    """What a map's body reads: an operand of the map, converted or not, or a number; None for anything else."""
    if isinstance(scalar.owner, arith.ConstantOp):
        return float(scalar.owner.literal_value)
    if isinstance(scalar.owner, mem.ScalarOp) and scalar.owner.fn.value == "cast":
        scalar = scalar.owner.a
    return op.operands[ir.BlockArgument(scalar).arg_number] if isinstance(scalar.owner, ir.Block) else None


def _moves(scaling: _Scaling, op: ir.OpView, summed: int) -> bool:
    """Rewrites a product that reads a scaled tensor; False if no multiplications are saved."""
    at = view_of_operand(op.operands[0])
    tensor = _through(scaling.tensor, at)
    factor = scaling.factor if isinstance(scaling.factor, float) else _through(scaling.factor, at)
    if isinstance(factor, Tensor):
        factor = _unconverted(factor)
    if tensor is None or factor is None:
        return False
    matrix, others, result = (math.prod(mem.shape(value)) for value in (*op.operands, op.results[0]))
    kept = 3 - summed
    with scaling.op.location:
        if _is_constant(factor, summed) and result < matrix:
            _scale_result(scaling.fn, op, factor, summed)
        elif _is_constant(factor, kept) and others < matrix:
            _scale_others(scaling.fn, op, factor, kept)
        else:
            return False
        with ir.InsertionPoint(op):
            op.operation.operands[0] = tensor.value() if _is_float32(tensor.base) else _converted(scaling, at)
    return True


def _through(part: ir.Value, at: View) -> Tensor | None:
    """A tensor that a map reads, as the product reads the map; None where no strides can say it."""
    base, _ = source_of_operand(part)
    view = view_of_operand(part).through(at)
    return Tensor(base, view) if view else None


def _unconverted(factor: Tensor) -> Tensor:
    """The narrow factor that a map widens, which the product's own map can do as well."""
    made = factor.base.owner
    if not isinstance(made, mem.MapOp) or not only_widens(made):
        return factor
    narrow = made.in0
    if isinstance(narrow.owner, mem.ViewOp):
        if not _is_reshape(narrow.owner):
            return factor
        narrow = narrow.owner.source
    return Tensor(narrow, factor.view)


def _is_constant(factor: Tensor | float, axis: int) -> bool:
    return isinstance(factor, float) or factor.view.strides[axis] == 0


def _converted(scaling: _Scaling, at: View) -> ir.Value:
    """The narrow tensor of a scaling, whose map converted it."""
    kind = ir.RankedTensorType.get(mem.shape(scaling.tensor), ir.F32Type.get())
    wide = body_of_map([scaling.tensor], kind, lambda f, x: f.cast(x, kind.element_type))
    return Tensor(wide, at).value()


def _scale_result(fn: str, op: ir.OpView, factor: Tensor | float, summed: int) -> None:
    """Puts a map between a product and its readers, in the shape in which one of them wants it."""
    result, count = op.results[0], mem.shape(op.operands[1])[1]
    readers = [(use.owner, use.operand_number) for use in result.uses]
    reshapes = [reader for reader, _ in readers if isinstance(reader, mem.ViewOp) and _is_reshape(reader)]
    sizes = mem.shape(reshapes[0].res if reshapes else result)
    with ir.InsertionPoint.after(op):
        if isinstance(factor, Tensor):
            factor = _stretched(factor, summed, count).reshape(sizes)
        scaled = _scaled(fn, Tensor.dense(result).reshape(sizes).value(), factor)
        whole = Tensor.dense(scaled).reshape(mem.shape(result)).value()
    for reader, position in readers:
        if reader in reshapes and mem.shape(reader.res) == sizes:
            reader.res.replace_all_uses_with(scaled)
        else:
            reader.operation.operands[position] = scaled if isinstance(reader, mem.ViewOp) else whole


def _scale_others(fn: str, op: ir.OpView, factor: Tensor | float, kept: int) -> None:
    """Scales what the rows of a product meet, ``[batch, count, n]``."""
    others = op.operands[1]
    with ir.InsertionPoint(op):
        if isinstance(factor, Tensor):
            factor = _stretched(factor, kept, mem.shape(others)[1])
            factor = factor.through(factor.view.permute([0, kept, 3 - kept]))
        op.operation.operands[1] = _scaled(fn, others, factor)


def _stretched(factor: Tensor, axis: int, size: int) -> Tensor:
    """With another size along an axis where it is the same."""
    sizes = (*factor.sizes[:axis], size, *factor.sizes[axis + 1 :])
    return factor.through(View(factor.view.offset, sizes, factor.view.strides))


def _scaled(fn: str, value: ir.Value, factor: Tensor | float) -> ir.Value:
    kind = ir.RankedTensorType.get(mem.shape(value), ir.F32Type.get())
    if isinstance(factor, float):
        return body_of_map([value], kind, lambda f, x: f.apply(fn, x, factor))
    return body_of_map([value, factor.value()], kind, lambda f, x, y: f.apply(fn, x, f.cast(y, kind.element_type)))


def _is_reshape(view: mem.ViewOp) -> bool:
    return mem.view_of(view).same_order_as_dense(mem.shape(view.source))


def _is_float32(value: ir.Value) -> bool:
    return isinstance(mem.element(value), ir.F32Type)
