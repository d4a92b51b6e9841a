"""A card's memory as this process counts it: every byte once, however many buffers lie over it."""

from __future__ import annotations

import gc
import threading

from torch_fpga.errors import ToolError


class Memory:
    """What is taken of ``capacity`` bytes. Buffers of images with one ``Memory`` can lie over each other."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.taken = 0
        # A garbage collection may give room back at any place, also inside of ``take``.
        self._lock = threading.RLock()

    def take(self, size: int) -> Room:
        """Room for ``size`` bytes. Raises ToolError (``code="out-of-memory"``) where there is none."""
        for collect in (False, True):
            if collect:
                gc.collect()  # what is left of models that nobody calls any more, in reference cycles
            with self._lock:
                left = self.capacity - self.taken
                if size <= left:
                    self.taken += size
                    return Room(self, size)
        raise out_of_memory(size, f"{left:,} of the card's {self.capacity:,} are left")

    def give(self, size: int) -> None:
        with self._lock:
            self.taken -= size


class Room:
    """Bytes that were taken. They go back when nobody refers to it any more."""

    def __init__(self, memory: Memory, size: int) -> None:
        self._memory, self._size = memory, size

    def __del__(self) -> None:
        self._memory.give(self._size)


def out_of_memory(size: int, reason: str) -> ToolError:
    return ToolError(
        f"no device memory for a buffer of {size:,} bytes: {reason}",
        code="out-of-memory",
        hint="use a card with more memory, or keep the region on the GPU (placement='gpu')",
    )
