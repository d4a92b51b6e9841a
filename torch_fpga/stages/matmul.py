"""Products: a streamed matrix against a few vectors that are kept on chip."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import dataclasses
import math
from collections import Counter
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.dialects.scalars import ScalarBuilder, body_of_map
from torch_fpga.sharding import Blocks, product_of
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.stages.common.operands import Tensor, unrounded
from torch_fpga.stages.common.rows_on_chip import load_row
from torch_fpga.stages.common.stage import Call, Sharding, Stage, Task
from torch_fpga.stages.row_sum import RowSumOp
from torch_fpga.targets.chip import Chip

# Numbers that become fixed-point in a cycle: kLanes of fixed.hpp.
_CONVERTED = 8


class MatmulOp(Mem.Operation, name="matmul", traits=[ext.Pure]):
    """Streams ``matrix[batch, rows, cols]`` against a few ``vectors[batch, count, cols]``: ``[batch, rows, count]``."""

    matrix: ext.Operand[Any]
    vectors: ext.Operand[Any]
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        matrix, vectors = mem.shape(self.matrix), mem.shape(self.vectors)
        mem.require(len(matrix) == len(vectors) == 3, self, "matrix and vectors are batched")
        mem.require(matrix[0] == vectors[0] and matrix[2] == vectors[2], self, "batch and columns agree")
        count = matrix[0] * matrix[1] * vectors[1]
        mem.require(math.prod(mem.shape(self.res)) == count, self, "one result for each row and vector")
        return True


class MatmulTask(Hls.Operation, name="matmul"):
    """Dot products of streamed rows with a few buffered vectors."""

    matrix: ext.Operand[Any]
    vectors: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    accumulator: ir.TypeAttr
    count: ir.IntegerAttr
    batches: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    out_cols: ir.IntegerAttr


def _build(call: Call) -> Any:
    if call.kind != "bias":
        left, right = call.arguments[:2]
        return _product(left, right, call.results[0])
    bias, left, right, beta, alpha = call.arguments
    product = _product(left, right, unrounded(call.results[0])).value()

    def scaled(f: ScalarBuilder, x: Any, by: float) -> Any:
        return x if by == 1 else f.mul(x, by)

    if beta == 0:  # then the bias is not read, whatever is in it
        return body_of_map([product], call.results[0], lambda f, y: scaled(f, y, alpha))
    wide = bias.through(bias.view.expand(list(call.results[0].shape))).value()
    return body_of_map([wide, product], call.results[0], lambda f, x, y: f.add(scaled(f, x, beta), scaled(f, y, alpha)))


def _product(left: Tensor, right: Tensor, kind: ir.RankedTensorType) -> Tensor:
    """The product of two tensors of one to three dimensions: a batch of matrices."""
    product = product_of(left.view, right.view)
    streamed, kept = (right, left) if product.turned else (left, right)
    matrix, vectors = streamed.through(product.matrix), kept.through(product.vectors)
    (batch, rows, _), count = matrix.sizes, vectors.sizes[1]
    if product.summed:
        result = ir.RankedTensorType.get([batch, count, rows], kind.element_type)
        made = _turned(Tensor.dense(RowSumOp(_turned(matrix).value(), vectors.value(), result).res))
    else:
        result = ir.RankedTensorType.get([batch, rows, count], kind.element_type)
        made = Tensor.dense(MatmulOp(matrix.value(), vectors.value(), result).res)
    return (_turned(made) if product.turned else made).reshape(kind.shape)


def _turned(tensor: Tensor) -> Tensor:
    return tensor.through(tensor.view.permute([0, 2, 1]))


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    (batches, rows, cols), count = mem.shape(op.matrix), mem.shape(op.vectors)[1]
    kind = sizes.accumulator(mem.element(op.res))
    MatmulTask(*reads, writes[0], label, kind, *map(mem.i64, (count, batches, rows, cols)), sizes.out_cols(op))


def _lower_block(
    op: Any, blocks: Blocks, block: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr
) -> None:
    rows, cols = blocks.size(block), mem.shape(op.matrix)[2]
    kind = sizes.accumulator(mem.element(op.res))
    MatmulTask(*reads, writes[0], label, kind, *map(mem.i64, (1, blocks.times, rows, cols, rows)))


def _cost(op: Any, chip: Chip) -> Cost:
    count, batches, rows, cols = spelling.sizes(op, "count", "batches", "rows", "cols")
    kind, narrow = arithmetic.element_type(op.accumulator.value), arithmetic.element_type(op.matrix)
    steps = -(-cols // spelling.width(op.matrix))
    rounded = arithmetic.cast(kind, arithmetic.element_type(op.out))
    held = _fixed(op, chip) if kind.floating and narrow.name == "int8" else _plain(op, chip, steps)
    together = _together(op)
    dot = Loop(
        "dot",
        rows * steps,
        1 if together else count,
        2 + chip.latency(*held.chain, *rounded) + (0 if together else count),
        "" if together else "the results of a row are packed one by one",
        reads=("matrix",),
        writes=("out",),
        packs=steps * max(1, min(spelling.width(op.out), op.out_cols.value) // count),
        operators=held.shared + arithmetic.times(held.operators, count) + arithmetic.chains((rounded, count)),
    )
    arrays = tuple(
        dataclasses.replace(each, elements=count * each.elements, banks=count * each.banks) for each in held.arrays
    )
    return Cost((Repeat(batches, (Repeat(count, held.load), dot)),), arithmetic.times(held.kept, count), arrays)


def _together(op: Any) -> bool:
    """Whether a vector of results never ends amid those of a row."""
    count, out_cols, width = op.count.value, op.out_cols.value, spelling.width(op.out)
    return out_cols == count <= width or (out_cols % count == 0 and width % count == 0)


@dataclasses.dataclass(frozen=True)
class _Held:
    """How a vector is held, and what an iteration does with it.

    Attributes:
        load: keeps it.
        chain: from a vector of the matrix to a sum.
        operators: of an iteration.
        shared: of an iteration, whatever number of vectors is held.
        kept: that stand beside, where it is kept.
        arrays: that hold it.
    """

    load: tuple[Loop, ...]
    chain: arithmetic.Chain
    operators: Counter[str]
    shared: Counter[str]
    kept: Counter[str]
    arrays: tuple[Array, ...]


def _plain(op: Any, chip: Chip, steps: int) -> _Held:
    cols, width = op.cols.value, spelling.width(op.matrix)
    kind, kept = arithmetic.element_type(op.accumulator.value), arithmetic.element_type(op.vectors)
    widened = arithmetic.cast(arithmetic.element_type(op.matrix), kind)
    multiply = arithmetic.multiply(kind)
    sums = arithmetic.OverTime(arithmetic.add(kind), width, power_of_two(cols) // width)
    levels = arithmetic.levels(width) + arithmetic.levels(steps)
    return _Held(
        (load_row(op.vectors, "vectors", cols, chip, arithmetic.cast(kept, kind)),),
        (*widened, multiply, *(sums.operator,) * levels),
        arithmetic.chains(((multiply,), width)) + sums.operators(),
        arithmetic.chains((widened, width)),
        arithmetic.chains(),
        (Array("held", power_of_two(cols), 8 * kind.bytes, width),),
    )


def _fixed(op: Any, chip: Chip) -> _Held:
    cols, width, size = op.cols.value, spelling.width(op.matrix), power_of_two(op.cols.value)
    given = spelling.width(op.vectors)
    padded = -(-cols // width) * width
    keep = Loop("keep_floats", -(-cols // given), 1, 4, reads=("vectors",))
    convert = Loop("to_fixed", -(-padded // min(_CONVERTED, size)), 1, 4)
    # A number has two parts of 16 bits, each with a multiplier and an adder a lane; the result is scaled twice. What
    # infinities and NaN do are a few LUTs a lane.
    scaled = ("int_to_float", "fmul", "fmul")
    arrays = (
        Array("high", size, 16, width),
        Array("low", size, 16, width),
        Array("edge", size, 2, width),
    )
    return _Held(
        (keep, convert),
        # The adders of integers share the cycles around them.
        ("imul_narrow", *("iadd",) * arithmetic.levels(width), *scaled),
        arithmetic.chains((("imul_narrow", "iadd"), 2 * width), (("logic",), -(-width // 4)), (scaled, 1)),
        arithmetic.chains(),
        arithmetic.chains((("shift", "shift", "iadd", "iadd"), min(_CONVERTED, size)), (("icmp",), given)),
        arrays,
    )


STAGE = Stage(
    op=MatmulOp,
    tasks=(
        Task(
            MatmulTask,
            template="matmul",
            header="matmul.hpp",
            parameters=lambda op: [
                *map(spelling.elem, (op.matrix, op.vectors, op.out)),
                spelling.accumulator(op),
                *map(spelling.width, (op.matrix, op.vectors, op.out)),
                *(op.count.value, power_of_two(op.cols.value), "true" if _together(op) else "false"),
            ],
            arguments=lambda op: [
                *(op.matrix, op.vectors, op.out),
                *spelling.sizes(op, "batches", "rows", "cols", "out_cols"),
            ],
            cost=_cost,
        ),
    ),
    lower=_lower,
    builders={"matmul": _build},
    packs=True,
    widens=frozenset({0}),
    at_port_width=frozenset({0}),
    sums=2,
    sharding=Sharding(_lower_block, starts=True),
)
