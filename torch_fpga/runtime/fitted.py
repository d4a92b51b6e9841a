"""What a launch needs to know of its sizes, made once for each that comes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Generic, TypeVar

from torch_fpga.runtime.signature import Signature

T = TypeVar("T")

_KEPT = 16
"""Sizes that are remembered: those of a batch come again, those of a growing cache do not."""


class Fitted(Generic[T]):
    """``make`` of a kernel's signature: of itself where its sizes are fixed, else of what it is for the sizes of a
    call."""

    def __init__(self, signature: Signature, make: Callable[[Signature], T]) -> None:
        self.fixed = None if signature.extents else make(signature)
        self._of = functools.lru_cache(_KEPT)(lambda sizes: make(signature.at(sizes)))

    def of(self, sizes: tuple[int, ...]) -> T:
        """For the sizes of a call."""
        return self._of(sizes) if self.fixed is None else self.fixed
