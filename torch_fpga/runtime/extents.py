"""Sizes that vary from call to call, and the numbers of a kernel that are formulas of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple


@dataclasses.dataclass(frozen=True)
class Extent:
    """A size that is an argument of a region's call; ``bound`` is the largest value that the kernel was made for."""

    bound: int


class Part(NamedTuple):
    """ceil((e + ``more``) / ``divisor``), where e is an extent by its number."""

    extent: int
    divisor: int = 1
    more: int = 0

    def at(self, sizes: Sequence[int]) -> int:
        return -(-(sizes[self.extent] + self.more) // self.divisor)


@dataclasses.dataclass(frozen=True)
class Formula:
    """A sum of products: of a factor and of parts. ``((3, (Part(0), Part(1, 16))), (2, ()))`` is
    3 * e0 * ceil(e1 / 16) + 2."""

    terms: tuple[tuple[int, tuple[Part, ...]], ...]

    def at(self, sizes: Sequence[int]) -> int:
        """Its value for so large extents."""
        return sum(factor * math.prod(part.at(sizes) for part in parts) for factor, parts in self.terms)

    @property
    def varies(self) -> bool:
        return any(parts for _, parts in self.terms)

    def reduced(self) -> tuple[Formula, int]:
        """A formula without a common factor, and that factor."""
        factor = math.gcd(*(each for each, _ in self.terms)) or 1
        return Formula(tuple((each // factor, parts) for each, parts in self.terms)), factor
