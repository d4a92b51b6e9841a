"""Which HBM channels the buffers of a project's kernels lie in.

A kernel binds each buffer to one channel, as if channels had no end. A buffer that is larger than a channel gets
several neighbours, all for itself, because a buffer has no gaps; a channel that is full sends a buffer to the next.
Regions that share a kernel have buffers of their own behind the same port, so that room is kept for all of them.
"""

from __future__ import annotations

from torch_fpga.codegen.vitis.board import Board
from torch_fpga.codegen.vitis.project import ProjectBuffer, ProjectKernel
from torch_fpga.errors import UserError

_PAGE = 4096  # what XRT rounds a buffer up to

Banks = tuple[int, int]  # the first and the last


def bind(kernels: tuple[ProjectKernel, ...], board: Board) -> dict[tuple[str, ProjectBuffer], Banks]:
    """The channels of every buffer, by compute unit and buffer. Raises UserError where the card has too few."""
    free = [board.channel_bytes] * board.channels
    sizes = {
        (unit, buffer): -(-buffer.bytes // _PAGE) * _PAGE * kernel.regions
        for kernel in kernels
        for unit in kernel.instances
        for buffer in kernel.buffers
    }
    bound: dict[tuple[str, ProjectBuffer], Banks] = {}
    for key in sorted(sizes, key=lambda key: -sizes[key] // board.channel_bytes):
        size = sizes[key]
        count = -(-size // board.channel_bytes)
        starts = [(key[1].bank + i) % board.channels for i in range(board.channels)]
        fits = (at for at in starts if _fits(free[at : at + count], count, size, board.channel_bytes))
        first = next(fits, None)
        if first is None:
            total = sum(sizes.values())
            raise UserError(
                f"the kernels' buffers ({total:,} bytes in all) do not fit the HBM of the {board.title}:"
                f" no room for {key[1].name} of {key[0]} ({size:,} bytes)",
                code="out-of-memory",
                hint="export a smaller model, or another target",
            )
        for bank in range(first, first + count):
            free[bank] = 0 if count > 1 else free[bank] - size
        bound[key] = (first, first + count - 1)
    return bound


def _fits(free: list[int], count: int, size: int, whole: int) -> bool:
    """One channel with room, or ``count`` empty ones."""
    return len(free) == count and (free[0] >= size if count == 1 else all(room == whole for room in free))
