"""What it costs to hold a row on the chip, and to make a norm or a softmax of it in several passes."""

from __future__ import annotations

from typing import Any

from torch_fpga.dialects.mlir import ir
from torch_fpga.stages.common import arithmetic, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.targets.chip import Chip


def load_row(value: ir.Value, name: str, cols: int, chip: Chip, widened: arithmetic.Chain) -> Loop:
    """hls_lib's ``load_row``: a row of the stream ``value``, which is operand ``name``, into an array."""
    return Loop("keep", -(-cols // spelling.width(value)), 1, 2 + chip.latency(*widened), reads=(name,))


def norm_cost(op: Any, chip: Chip, affine: tuple[str, ...], centred: bool) -> Cost:
    """A norm of each row: its sum (or that of its squares), with ``centred`` that of the squared distances, a scaling.

    ``affine`` are the operands, those of them that are there, that are a row each and kept.
    """
    rows, cols, max_cols = spelling.sizes(op, "rows", "cols", "max_cols")
    kind, width = arithmetic.element_type(op.out), spelling.width(op.out)
    steps, wide = -(-cols // width), arithmetic.FLOAT32
    given = [name for name in affine if getattr(op, name) is not None]
    widened, rounded = arithmetic.cast(kind, wide), arithmetic.cast(wide, kind)
    sums, mean, root = arithmetic.Joined.sums(wide, width), ("fdiv",), ("fdiv", "fadd", "fsqrt", "fdiv")
    squared, distance = ("fmul",), ("fadd", "fmul")
    scaled = ("fadd", "fmul", *(("fmul", "fadd")[i] for i in range(len(given))), *rounded)

    def summed(label: str, before: arithmetic.Chain, end: arithmetic.Chain, **reads: Any) -> Loop:
        depth = 2 + chip.latency(*before) + sums.depth(chip)
        after = sums.after(chip) + chip.latency(*end)
        lanes = arithmetic.chains((before, width)) + sums.operators()
        return Loop(label, steps, sums.ii(chip), depth, sums.why(chip), after, operators=lanes, **reads)

    first = summed(
        "read_and_sum", widened if centred else widened + squared, mean if centred else root, reads=("source",)
    )
    second = (summed("squares", distance, root),) if centred else ()
    write = Loop("write", steps, 1, 3 + chip.latency(*scaled), writes=("out",))
    kept = tuple(load_row(getattr(op, name), name, cols, chip, widened) for name in given)
    operators = arithmetic.chains((scaled, width), (mean + root if centred else root, 1)) + sums.operators_after()
    if centred:
        operators += sums.operators_after()
    arrays = tuple(Array(name, max_cols, 8 * wide.bytes, width) for name in ("row", *given))
    return Cost((*kept, Repeat(rows, (first, *second, write))), operators, arrays)


def softmax_cost(
    op: Any, chip: Chip, labels: tuple[str, str], last: arithmetic.Chain, end: arithmetic.Chain = ()
) -> Cost:
    """A softmax of each row: its maximum, the sum of its exponentials, and what is made of them.

    ``labels`` are the second and the third loop's, ``last`` what the third does to an element, ``end`` what is done to
    the sum once.
    """
    rows, cols, max_cols = spelling.sizes(op, "rows", "cols", "max_cols")
    kind, width = arithmetic.element_type(op.out), spelling.width(op.out)
    steps, wide = -(-cols // width), arithmetic.FLOAT32
    widened, rounded = arithmetic.cast(kind, wide), arithmetic.cast(wide, kind)
    largest, sums = arithmetic.Joined("fcmp", "fcmp", width), arithmetic.Joined.sums(wide, width)
    exponential = ("fadd", "fexp")
    passes = (
        Loop(
            "maximum",
            steps,
            largest.ii(chip),
            2 + chip.latency(*widened) + largest.depth(chip),
            largest.why(chip),
            after=largest.after(chip),
            reads=("source",),
            operators=arithmetic.chains((widened, width)) + largest.operators(),
        ),
        Loop(
            labels[0],
            steps,
            sums.ii(chip),
            2 + chip.latency(*exponential) + sums.depth(chip),
            sums.why(chip),
            after=sums.after(chip) + chip.latency(*end),
            operators=arithmetic.chains((exponential, width)) + sums.operators(),
        ),
        Loop(labels[1], steps, 1, 3 + chip.latency(*last, *rounded), writes=("out",)),
    )
    operators = (
        arithmetic.chains(((*last, *rounded), width), (end, 1)) + largest.operators_after() + sums.operators_after()
    )
    row = Array("row", max_cols, 8 * wide.bytes, width)
    return Cost((Repeat(rows, passes),), operators, (row,))
