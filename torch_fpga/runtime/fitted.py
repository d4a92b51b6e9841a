"""What a launch needs to know of its sizes, made once for each that comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from torch_fpga.runtime.signature import Signature

T = TypeVar("T")

_KEPT = 16
"""Sizes that are remembered: those of a batch come again, those of a growing cache do not."""


class Fitted(Generic[T]):
    """Something of a kernel's signature: of itself where its sizes are fixed, else of what it is for some sizes.

    It does not hold what makes it, which mostly holds this: buffers of a device are freed by reference counts alone.
    """

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self._made: dict[tuple[int, ...], T] = {}

    def of(self, sizes: tuple[int, ...], make: Callable[[Signature], T]) -> T:
        """What ``make`` makes for the sizes of a call; empty where they are fixed."""
        made = self._made.get(sizes)
        if made is None:
            made = make(self._signature.at(sizes) if self._signature.extents else self._signature)
            if len(self._made) >= _KEPT:
                del self._made[next(iter(self._made))]
            self._made[sizes] = made
        return made
