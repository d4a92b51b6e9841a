"""Products of a streamed matrix of 4-bit numbers, a group of which share a scale, with a vector kept on chip."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import math
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.sharding import Blocks
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.stages.common.stage import Call, Sharding, Stage, Task
from torch_fpga.targets.chip import Chip

# Numbers that become fixed-point in a cycle: kLanes of int4_product.hpp.
_CONVERTED = 16


class Int4ProductOp(Mem.Operation, name="int4_product", traits=[ext.Pure]):
    """``matrix[1, rows, cols / 2]``, two numbers a byte, of ``scales[1, rows, groups]``, times ``vector[1, 1, cols]``.

    ``signed`` numbers have a sign, others are 8 less than their bits. The lower bits of a byte are an even column and
    the upper ones the next; with ``halves`` a column of the first half of a group, and one of the second.
    """

    matrix: ext.Operand[Any]
    vector: ext.Operand[Any]
    scales: ext.Operand[Any]
    signed: ir.IntegerAttr
    halves: ir.IntegerAttr
    res: ext.Result[Any]

    def verify_invariants(self) -> bool:
        (_, rows, bytes_), (_, _, cols) = mem.shape(self.matrix), mem.shape(self.vector)
        mem.require(cols == 2 * bytes_, self, "two numbers a byte")
        mem.require(mem.shape(self.scales)[1] == rows, self, "rows agree")
        mem.require(cols % mem.shape(self.scales)[2] == 0, self, "groups are alike")
        mem.require(math.prod(mem.shape(self.res)) == rows, self, "one result for each row")
        return True


class Int4ProductTask(Hls.Operation, name="int4_product"):
    """Dot products of streamed rows of 4-bit numbers with a buffered vector."""

    matrix: ext.Operand[Any]
    vector: ext.Operand[Any]
    scales: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    group: ir.IntegerAttr
    signed: ir.IntegerAttr
    halves: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    out_cols: ir.IntegerAttr


def _build(call: Call) -> Tensor:
    packed, scales, x, signed, halves = call.arguments
    rows, groups = scales.sizes
    operands = packed.reshape([1, rows, packed.sizes[1]]), x.reshape([1, 1, 2 * packed.sizes[1]])
    kind = ir.RankedTensorType.get([1, rows, 1], call.results[0].element_type)
    beside = scales.reshape([1, rows, groups]).value()
    how = mem.i64(int(signed)), mem.i64(int(halves))
    made = Int4ProductOp(*(each.value() for each in operands), beside, *how, kind)
    return Tensor.dense(made.res).reshape(call.results[0].shape)


def _lower(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    _task(op, mem.shape(op.matrix)[1], sizes.out_cols(op), reads, writes, label)


def _lower_block(
    op: Any, blocks: Blocks, block: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr
) -> None:
    rows = blocks.size(block)
    _task(op, rows, mem.i64(rows), reads, writes, label)


def _task(
    op: Any, rows: int, out_cols: ir.IntegerAttr, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr
) -> None:
    cols = mem.shape(op.vector)[2]
    group = mem.i64(cols // mem.shape(op.scales)[2])
    Int4ProductTask(*reads, writes[0], label, group, op.signed, op.halves, mem.i64(rows), mem.i64(cols), out_cols)


def _cost(op: Any, chip: Chip) -> Cost:
    group, rows, cols = spelling.sizes(op, "group", "rows", "cols")
    numbers, size, given = 2 * spelling.width(op.matrix), power_of_two(cols), spelling.width(op.vector)
    groups, steps = numbers // group, cols // numbers
    sums = arithmetic.OverTime("fadd", groups, size // numbers)
    widened = arithmetic.cast(arithmetic.element_type(op.scales), arithmetic.FLOAT32)
    scaled = ("int_to_float", "fmul", "fmul")
    levels = arithmetic.levels(groups) + arithmetic.levels(steps)
    # The adders of integers share the cycles around them.
    chain = ("imul_narrow", *("iadd",) * arithmetic.levels(group), *scaled, *("fadd",) * levels)
    keep = Loop("keep_floats", -(-cols // given), 1, 4, reads=("vector",))
    convert = Loop("to_fixed", -(-cols // _CONVERTED), 1, 4)
    dot = Loop(
        "dot",
        rows * steps,
        1,
        2 + chip.latency(*chain),
        reads=("matrix", "scales"),
        unpacks_apart={"scales": min(spelling.width(op.scales) // groups, steps)},
        writes=("out",),
        packs=steps * max(1, min(spelling.width(op.out), op.out_cols.value)),
        # A number has a multiplier and an adder, and what infinities and NaN do are a few LUTs.
        operators=arithmetic.chains(
            (("imul_narrow", "iadd"), numbers), (("logic",), numbers // 4), (scaled, groups), (widened, groups)
        )
        + sums.operators(),
    )
    operators = arithmetic.chains((("shift", "shift", "iadd", "iadd"), _CONVERTED), (("icmp",), given))
    arrays = (
        Array("high", size, 16, numbers),
        Array("low", size, 16, numbers),
        Array("edge", size, 2, numbers),
        Array("unit", size // group, 32, groups),
        Array("largest", size // group, 32),
    )
    return Cost((keep, convert, dot), operators, arrays)


STAGE = Stage(
    op=Int4ProductOp,
    tasks=(
        Task(
            Int4ProductTask,
            template="int4_product",
            header="int4_product.hpp",
            parameters=lambda op: [
                *map(spelling.elem, (op.matrix, op.scales)),
                *map(spelling.width, (op.matrix, op.vector, op.scales, op.out)),
                *(op.group.value, power_of_two(op.cols.value), *map(spelling.flag, (op.signed, op.halves))),
            ],
            arguments=lambda op: [
                *(op.matrix, op.vector, op.scales, op.out),
                *spelling.sizes(op, "rows", "cols", "out_cols"),
            ],
            cost=_cost,
        ),
    ),
    lower=_lower,
    builders={"int4_product": _build},
    packs=True,
    at_port_width=frozenset({0, 2}),
    sharding=Sharding(_lower_block, starts=True, beside=frozenset({2})),
)
