"""How far the model is from what was reported."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Sequence

from benchmarks.calibration.estimates import estimate
from benchmarks.calibration.rows import Row, read_rows

LARGE = 0.10
"""An error that a row has to explain."""

TIME = ("cycles", "depth", "ii")
SIZE = ("lut", "ff", "dsp", "bram18", "uram")


@dataclasses.dataclass(frozen=True)
class Figure:
    """A reported figure of a row, and the model's."""

    row: Row
    name: str
    reported: float
    estimated: float

    @property
    def error(self) -> float:
        """Relative, with its sign."""
        return self.estimated / self.reported - 1

    @property
    def is_check(self) -> bool:
        """The model was not made from it."""
        return self.name not in self.row.input

    @property
    def group(self) -> str:
        """Time, size, or what else is measured."""
        return "time" if self.name in TIME else "size" if self.name in SIZE else self.row.kind


@dataclasses.dataclass(frozen=True)
class Summary:
    """Errors of several checks, without their signs."""

    count: int
    mean: float
    median: float
    worst: float

    @staticmethod
    def of(figures: Iterable[Figure]) -> Summary:
        errors = [abs(figure.error) for figure in figures]
        return Summary(len(errors), statistics.mean(errors), statistics.median(errors), max(errors))


def figures_of(row: Row) -> list[Figure]:
    """Every reported figure of a row with the model's."""
    estimated = estimate(row)
    return [Figure(row, name, value, estimated[name]) for name, value in row.reported.items()]


def all_figures() -> list[Figure]:
    """Of every row."""
    return [figure for row in read_rows() for figure in figures_of(row)]


def by_kind(figures: Sequence[Figure]) -> dict[tuple[str, str], list[Figure]]:
    """The checks by kind of row and group of figures, in their order."""
    found: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        if figure.is_check:
            found.setdefault((figure.row.kind, figure.group), []).append(figure)
    return found
