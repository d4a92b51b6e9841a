"""When a task ends whose inputs come more slowly than it reads them.

A FIFO holds what comes early only up to its depth: a task that reads a whole vector before the first row of a matrix
keeps the matrix waiting, and one that reads them in turns waits for each of them in each turn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from torch_fpga.model.ends import Interval
from torch_fpga.stages.common.cost import Cost, Loop, Repeat


@dataclasses.dataclass(frozen=True)
class Arrivals:
    """Of the vectors of an input: the cycle of the first, cycles from one to the next, and those its FIFO holds."""

    first: float
    interval: float
    depth: int


def end_of(cost: Cost, start: float, inputs: Mapping[str, Arrivals], interval: Interval) -> float:
    """The cycle in which a task that starts in ``start`` has done its loops, at the soonest.

    Args:
        cost: what it states.
        start: when it starts.
        inputs: its input streams, by operand.
        interval: of its loops.
    """
    at = start
    read: dict[str, float] = {}
    for part in _parts(cost.loops):
        at += _least(part, inputs, interval)
        for name, count in _reads(part).items():
            read[name] = read.get(name, 0) + count
            at = max(at, inputs[name].first + inputs[name].interval * (read[name] - 1))
    return at


def _parts(parts: tuple[Loop | Repeat, ...]) -> Iterator[Loop | Repeat]:
    """In order, with the loops of what is done once apart."""
    for part in parts:
        if isinstance(part, Repeat) and part.trips == 1:
            yield from _parts(part.body)
        else:
            yield part


def _least(part: Loop | Repeat, inputs: Mapping[str, Arrivals], interval: Interval) -> float:
    """Cycles of a part: its own, or until what it reads has come, of which the FIFO holds ``depth`` at its start."""
    if isinstance(part, Loop):
        own = part.cycles_at(interval(part))
    else:
        own = part.trips * sum(_least(each, inputs, interval) + 1 for each in part.body)
    return max([own, *((n - inputs[name].depth) * inputs[name].interval for name, n in _reads(part).items())])


def _reads(part: Loop | Repeat) -> dict[str, float]:
    """How many vectors of each input a part reads."""
    if isinstance(part, Loop):
        if part.trips <= 0:
            return {}
        counts = {name: max(part.trips - part.lag, 0) / part.read_every(name) for name in part.reads}
        for name in part.reads_before:
            counts[name] = counts.get(name, 0) + 1 / part.unpacks_before
        return counts
    counts = {}
    for each in part.body:
        for name, count in _reads(each).items():
            counts[name] = counts.get(name, 0) + part.trips * count
    return counts
