"""What it costs to sort rows on the chip, and to select the best of rows that are kept there."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from torch_fpga.dialects.lanes import power_of_two
from torch_fpga.element_types import ElementType
from torch_fpga.stages.common import arithmetic, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.targets.chip import Chip

MAX_COLS = 1 << 17
"""Elements of the longest row that ``topk_by_radix`` keeps on the chip."""

_PLACE_BITS = 32
_COUNT_BITS = 32
# Bits of a rank that can differ, where they are fewer than a rank has: ``radix`` of radix_select.hpp.
_RANK_BITS = {"bfloat16": 16, "float16": 19}
_BYTE_RANK_BITS = 9
_DIGIT_BITS = 8


def sorts_whole(cols: int, k: int) -> bool:
    """Whether ``topk_by_sort`` takes fewer cycles than a selection that only sorts the k best.

    A sort of 1,024 takes about as long as the counts of three digits are searched.
    """
    return power_of_two(cols) <= max(power_of_two(k), 1024)


def sort_cost(op: Any, chip: Chip) -> Cost:
    """Rows sorted whole."""
    rows, cols, k, most = spelling.sizes(op, "rows", "cols", "k", "most")
    sorter = _Sorter.of(op, most)
    steps, size = -(-cols // sorter.width), power_of_two(max(cols, 2 * sorter.width))
    take = Loop("take_row", steps, 1, 3, reads=("source",))
    body = (take, *sorter.loops(steps, size), _give(op, k))
    return Cost((Repeat(rows, body),), sorter.operators(), sorter.arrays())


def radix_cost(op: Any, chip: Chip) -> Cost:
    """The k best by the digits of their ranks, which are found out for values of several powers of two."""
    rows, cols, k, most_cols, most = spelling.sizes(op, "rows", "cols", "k", "max_cols", "most")
    kind, sorter = arithmetic.element_type(op.source), _Sorter.of(op, most)
    lanes, levels = 2 * sorter.width, arithmetic.levels(2 * sorter.width)
    size, digits = power_of_two(max(k, lanes)), _Digits.of(kind)
    turns = digits.until_found(cols, size - k if op.sorted.value else 0)
    held = -(-k // lanes)
    # After the first digit about twice as many are left as are wanted.
    kept = -(-cols // lanes) + (turns - 1) * 2 * held
    pick = Loop("pick_digit", digits.bins, 1, 4 + levels)
    keep = Loop("keep_best", kept / turns, 1, 4 + 2 * levels)
    clear = Loop("clear_counts", digits.bins, 1, 2)
    scan = Loop("scan_row", -(-cols // sorter.width), 1, 5, reads=("source",))
    row: tuple[Loop | Repeat, ...] = (scan, Repeat(turns, (pick, keep)))
    bits = 8 * kind.bytes
    arrays: tuple[Array, ...] = (
        Array("value", most_cols, bits, lanes),
        Array("index", most_cols, _PLACE_BITS, lanes),
        Array("count", 2 * lanes * digits.bins, _COUNT_BITS, 2 * lanes),
    )
    # Of each lane: its key and two tests of it, what it adds to a count, its place among those that are taken, the ways
    # to the front and to the next free lane; a tree over the counts of a digit.
    lane: tuple[arithmetic.Chain, ...] = (
        ("select", "logic", "shift", "icmp", "icmp", "icmp", "shift", "iadd", "iadd", "iadd"),
        levels * 5 * ("select",),
        ("iadd", "iadd"),
    )
    operators = arithmetic.chains(*((chain, lanes) for chain in lane))
    if op.sorted.value:
        order = Loop("order_best", held, 1, 3)
        row = (*row, order, *sorter.loops(2 * held, size))
        operators += sorter.operators()
        arrays = (*arrays, *sorter.arrays())
    return Cost((clear, Repeat(rows, (*row, _give(op, k)))), operators, arrays)


def _give(op: Any, k: int) -> Loop:
    return Loop("give_vectors", -(-k // spelling.width(op.values)), 1, 3, writes=("values", "indices"))


@dataclasses.dataclass(frozen=True)
class _Digits:
    """Digits of a rank: ``count`` of them, with ``bins`` values each."""

    count: int
    bins: int

    @staticmethod
    def of(kind: ElementType) -> _Digits:
        bits = _BYTE_RANK_BITS if kind.bytes == 1 else _RANK_BITS.get(kind.name, 8 * max(kind.bytes, 4))
        count = -(-bits // _DIGIT_BITS)
        return _Digits(count, 1 << -(-bits // count))

    def until_found(self, cols: int, spare: int) -> int:
        """Digits until no more than ``spare`` begin as the k-th best does and are worse; the first one halves them."""
        left = cols / 2 / max(spare, 1)
        return min(self.count, 1 + max(math.ceil(math.log(left, self.bins)), 0))


@dataclasses.dataclass(frozen=True)
class _Sorter:
    """hls_lib's ``bitonic_sorter`` of at most ``most`` entries in vectors of ``width``."""

    kind: ElementType
    width: int
    most: int

    @staticmethod
    def of(op: Any, most: int) -> _Sorter:
        return _Sorter(arithmetic.element_type(op.source), spelling.width(op.source), most)

    def loops(self, filled: int, size: int) -> tuple[Loop | Repeat, ...]:
        """A sort of ``size`` entries, of which ``filled`` vectors are there."""
        levels = arithmetic.levels(self.width)
        blocks = range(1, size.bit_length())
        passes = sum(max(block - levels, 1) for block in blocks)
        # A comparison and an exchange a level and cycle, behind a read and the ranks.
        exchange = Loop("exchange_pass", size // (2 * self.width), 1, 5 + levels)
        return Loop("pad_vectors", size // self.width - filled, 1, 2), Repeat(passes, (exchange,))

    def operators(self) -> Any:
        """Two vectors are compared with each other, then the lanes of each in ever closer pairs."""
        pairs = self.width * (1 + arithmetic.levels(self.width))
        words = -(-8 * self.kind.bytes // 32)
        exchange = (2 * words + 1) * ("icmp",) + 2 * (2 * words + 1) * ("select",)
        return arithmetic.chains((exchange, pairs), (("select", "logic"), 2 * self.width))

    def arrays(self) -> tuple[Array, ...]:
        """Two of each, of which a pass reads one and writes the other."""
        banks = 2 * self.width
        return (
            Array("value_", 2 * self.most, 8 * self.kind.bytes, banks),
            Array("index_", 2 * self.most, _PLACE_BITS, banks),
        )
