"""How many elements travel at once."""

from __future__ import annotations

import math

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.element_types import BY_MLIR


def power_of_two(size: int) -> int:
    """The least power of two that is not below ``size``; 1 for nothing."""
    return 1 << max(size - 1, 0).bit_length()


def lanes_of(cols: int, lanes: int) -> int:
    """Lanes of a stream whose rows have ``cols`` elements: ``lanes``, but no more than a row needs; a power of two."""
    return min(lanes, power_of_two(cols))


def port_lanes(element: ir.Type, cols: int, port_bits: int) -> int:
    """Lanes that fill a memory port of ``port_bits``: more for narrow elements."""
    return min(port_bits // (8 * bytes_of(element)), power_of_two(cols))


def bytes_of(element: ir.Type) -> int:
    """Bytes of an element in memory; a bool takes one."""
    return BY_MLIR[str(element)].bytes


def rows_and_cols(sizes: list[int]) -> tuple[int, int]:
    """A tensor as rows of its last dimension."""
    return math.prod(sizes[:-1]), (sizes or [1])[-1]


def vectors_of(value: ir.Value, lanes: int) -> int:
    """Vectors a dense value makes as a stream of at most ``lanes``."""
    rows, cols = rows_and_cols(mem.shape(value))
    return rows * -(-cols // lanes_of(cols, lanes))
