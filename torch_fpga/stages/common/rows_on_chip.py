"""What it costs to hold a row on the chip, and to make a norm or a softmax of rows in passes that overlap."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from torch_fpga.dialects.mlir import ir
from torch_fpga.stages.common import arithmetic, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop
from torch_fpga.targets.chip import Chip


def load_row(value: ir.Value, name: str, cols: int, chip: Chip, widened: arithmetic.Chain) -> Loop:
    """hls_lib's ``load_row``: a row of the stream ``value``, which is operand ``name``, into an array."""
    return Loop("keep", -(-cols // spelling.width(value)), 1, 2 + chip.latency(*widened), reads=(name,))


@dataclasses.dataclass(frozen=True)
class Flight:
    """Rows that go through passes at the same time, as hls_lib's ``row_flight`` has them.

    Attributes:
        rows: how many.
        steps: vectors of a row.
        latency: cycles that what a pass finds out of a row may take; kLatency.
        vectors: kept from one pass to the next at most; kVectors.
        last_pass: the number of the last pass; the first has number 0.
    """

    rows: int
    steps: int
    latency: int
    vectors: int
    last_pass: int

    @staticmethod
    def of(op: Any, last_pass: int) -> Flight:
        """Of a task with ``rows``, ``cols`` and ``max_cols``."""
        rows, cols, most = spelling.sizes(op, "rows", "cols", "max_cols")
        width = spelling.width(op.out)
        steps = -(-most // width)
        latency = 8 * (arithmetic.levels(width) + arithmetic.levels(steps)) + 64
        vectors = max(2 * steps, 2 * min(steps, latency) + latency)
        return Flight(rows, -(-cols // width), latency, vectors, last_pass)

    def loop(self, label: str, passes: tuple[arithmetic.Chain, ...], chip: Chip, operators: Counter[str]) -> Loop:
        """The one loop. ``passes`` are the chains of operators of each, those of the first ones up to what a row needs
        in the next one."""
        behind = 1 + -(-self.latency // self.steps)
        latest = max(chip.latency(*chain) for chain in passes[:-1])
        return Loop(
            label,
            (self.rows + self.last_pass * behind) * self.steps,
            ii=-(-latest // self.latency),
            depth=3 + max(chip.latency(*chain) for chain in passes),
            why="what a row needs in the next pass is not there" if latest > self.latency else "",
            lag=self.last_pass * behind * self.steps,
            reads=("source",),
            writes=("out",),
            operators=operators,
        )

    def arrays(self, vectors: dict[str, int], *of_rows: str) -> tuple[Array, ...]:
        """What is kept between passes: vectors of so many bits, by name, and floats of rows."""
        kept = (Array(name, self.vectors, bits, at_once=1) for name, bits in vectors.items())
        scalars = (Array(name, self.latency + 1, 8 * arithmetic.FLOAT32.bytes, at_once=1) for name in of_rows)
        return (*kept, *scalars)


def norm_cost(op: Any, chip: Chip, label: str, affine: tuple[str, ...], centred: bool) -> Cost:
    """A norm of each row: its sum (or that of its squares), with ``centred`` that of the squared distances, a scaling.

    ``affine`` are the operands, those of them that are there, that are a row each and kept.
    """
    cols, max_cols = spelling.sizes(op, "cols", "max_cols")
    kind, width = arithmetic.element_type(op.out), spelling.width(op.out)
    wide = arithmetic.FLOAT32
    given = [name for name in affine if getattr(op, name) is not None]
    widened, rounded = arithmetic.cast(kind, wide), arithmetic.cast(wide, kind)
    sums, mean, root = _sums(op), ("fdiv",), ("fdiv", "fadd", "fsqrt", "fdiv")
    before = ("fadd", "fmul") if centred else ("fmul",)
    scaled = ("fmul", *(("fmul", "fadd")[i] for i in range(len(given))), *rounded)
    spread = (*widened, *before, *sums.chain, *root)
    operators = sums.operators() + arithmetic.chains(((*widened, *before), width), (root, 1), (scaled, width))
    flight = Flight.of(op, 2 if centred else 1)
    vector, row = 8 * kind.bytes * width, 8 * wide.bytes * width
    passes: tuple[arithmetic.Chain, ...]
    if centred:
        operators += sums.operators() + arithmetic.chains((widened, width), (mean, 1))
        passes = ((*widened, *sums.chain, *mean), spread, scaled)
        arrays = flight.arrays({"row": vector, "distance": row}, "mean", "scale")
    else:
        operators += arithmetic.chains((widened, width))
        passes = (spread, (*widened, *scaled))
        arrays = flight.arrays({"row": vector}, "scale")
    kept = tuple(load_row(getattr(op, name), name, cols, chip, widened) for name in given)
    held = tuple(Array(name, max_cols, 8 * wide.bytes, width) for name in given)
    return Cost((*kept, flight.loop(label, passes, chip, operators)), arrays=(*arrays, *held))


def softmax_cost(op: Any, chip: Chip, log: bool) -> Cost:
    """A softmax of each row, or its logarithm: its maximum, the sum of its exponentials, what is made of them."""
    kind, width = arithmetic.element_type(op.out), spelling.width(op.out)
    wide = arithmetic.FLOAT32
    widened, rounded = arithmetic.cast(kind, wide), arithmetic.cast(wide, kind)
    largest, sums = dataclasses.replace(_sums(op), operator="fcmp"), _sums(op)
    end, last = (("flog",), ("fadd",)) if log else (("fdiv",), ("fmul",))
    passes = (
        (*widened, *largest.chain),
        (*widened, "fadd", "fexp", *sums.chain, *end),
        (*last, *rounded),
    )
    lanes = arithmetic.chains((widened, 2 * width), (("fadd", "fexp", *last, *rounded), width), (end, 1))
    flight = Flight.of(op, 2)
    arrays = flight.arrays({"row": 8 * kind.bytes * width, "made": 8 * wide.bytes * width}, "largest", "total")
    operators = lanes + largest.operators() + sums.operators()
    return Cost((flight.loop("softmax_passes", passes, chip, operators),), arrays=arrays)


def _sums(op: Any) -> arithmetic.OverTime:
    width = spelling.width(op.out)
    return arithmetic.OverTime(arithmetic.add(arithmetic.FLOAT32), width, -(-op.max_cols.value // width))
