"""How a product is made and whether its matrix is sharded: asked by the estimate and by lowering alike.

A sharded matrix lies in blocks of rows, one behind the other, and each block has a memory channel, a load and a product
of its own. What decides is in numbers alone, so that neither the nodes of an FX graph nor MLIR are needed.
"""

from __future__ import annotations

import dataclasses
import math

from torch_fpga.views import View

LEAST_BYTES = 1 << 20
"""A matrix from this size on is sharded: below it one channel is done before a launch is paid for.

It is the same for all targets, because a node's work is estimated before there is one.
"""

PORT_BYTES = 64
"""A beat of a memory port of 512 bits. Rows of whole beats start at whole beats, wherever a block begins."""

BLOCK_ROWS = 16
"""Blocks have a multiple of so many rows, so that one result of four bytes a row makes whole beats too."""


FEW_VECTORS = 16
"""So many vectors at most meet a sharded matrix one after the other; for more it is read once, over one channel, with
multipliers for each. It is the same for all targets, as is LEAST_BYTES."""


@dataclasses.dataclass(frozen=True)
class Product:
    """``left[batch, m, k] @ right[batch, k, n]``, the larger side streamed past the smaller.

    Attributes:
        matrix: what is streamed, as ``[batch, rows, cols]``; ``cols`` is ``k``.
        vectors: what it meets, as ``[batch, count, cols]``.
        turned: the right side is streamed, so that the result is the transposed one.
        summed: the matrix lies in memory the other way round: its rows there are what is summed, not what is dotted.
    """

    matrix: View
    vectors: View
    turned: bool
    summed: bool


def product_of(left: View, right: View) -> Product:
    """How two tensors of one to three dimensions are multiplied."""
    a, b = _batched(left, 0), _batched(right, 1)
    turned = a.sizes[1] < b.sizes[2]
    # Left streamed: rows of a against the columns of b. Right streamed: the transposed problem.
    matrix, vectors = (_transposed(b), a) if turned else (a, _transposed(b))
    _, rows, cols = matrix.sizes
    dotted = matrix.strides[2] in (0, 1) or cols == 1 or matrix.strides[1] not in (0, 1) or rows == 1
    return Product(matrix, vectors, turned, not dotted)


def read_once(view: View) -> View:
    """A view ``[times, ...]`` that reads the same every time, as one time reads it; any other as it is."""
    times, *sizes = view.sizes
    again = times > 1 and view.strides[0] == 0
    return View(view.offset, (1, *sizes), (math.prod(sizes), *view.strides[1:])) if again else view


def is_sharded(matrix: View, count: int, element_bytes: int) -> bool:
    """Whether a matrix ``[batch, rows, cols]`` that lies in memory as an input is sharded if it meets vectors.

    It is if it meets one vector, or one after the other, is large, its rows lie one behind the other from the start of
    the input, are whole beats of a port, and are enough for two blocks.

    Args:
        matrix: where it lies in the input.
        count: vectors that it meets.
        element_bytes: of an element in memory.
    """
    matrix = read_once(matrix)
    batch, rows, cols = matrix.sizes
    return (
        batch == count == 1
        and matrix.reshape([rows, cols]) == View.whole([rows, cols])
        and rows * cols * element_bytes >= LEAST_BYTES
        and cols * element_bytes % PORT_BYTES == 0
        and rows > BLOCK_ROWS
    )


def lies_beside(scalars: View, element_bytes: int) -> bool:
    """Whether scalars ``[1, rows, scalars]`` of a sharded matrix lie so that blocks of them are whole beats.

    Args:
        scalars: where they lie in the input.
        element_bytes: of one in memory.
    """
    scalars = read_once(scalars)
    return scalars == View.whole(scalars.sizes) and scalars.sizes[2] * element_bytes % PORT_BYTES == 0


@dataclasses.dataclass(frozen=True)
class Blocks:
    """Rows in blocks: of ``each`` rows, the last of what remains.

    Attributes:
        rows: of all blocks together.
        each: but for the last.
        count: how many there are, none of them empty.
        times: how often all of them are worked on, one time after the other.
    """

    rows: int
    each: int
    count: int
    times: int = 1

    @staticmethod
    def of(rows: int, channels: int, multiple: int = BLOCK_ROWS) -> Blocks:
        """Blocks as alike as can be for at most so many channels, each of a multiple of so many rows."""
        each = -(-rows // (channels * multiple)) * multiple
        return Blocks(rows, each, -(-rows // each))

    def first(self, block: int) -> int:
        """The first row of a block."""
        return block * self.each

    def size(self, block: int) -> int:
        """The rows of a block."""
        return min(self.each, self.rows - self.first(block))


def _batched(view: View, axis: int) -> View:
    """As three dimensions; the one that a vector lacks is put at ``axis``."""
    view = view if len(view.sizes) > 1 else view.unsqueeze(axis)
    return view if len(view.sizes) > 2 else view.unsqueeze(0)


def _transposed(view: View) -> View:
    return view.permute([0, 2, 1])
