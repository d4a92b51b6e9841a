"""When a task reads and writes its streams, from the loops that its cost states."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

from torch_fpga.stages.common.cost import ENTRY, Cost, Loop, Repeat


@dataclasses.dataclass(frozen=True)
class Reads:
    """Of one stream: cycles from the task's start to the first and the last read, and how many there are."""

    first: float
    last: float
    count: float


@dataclasses.dataclass(frozen=True)
class Writes:
    """Of one stream: cycles to the first and the last write, and what of each input has been read before the first.

    ``entries`` is how many entries of the loop a vector still needs before it is written, where results fill it one by
    one over several entries. ``held`` vectors are in the pipeline when the last input comes, and leave it ``pace``
    cycles apart.
    """

    first: float
    last: float
    read_before: dict[str, float]
    entries: int = 1
    held: float = 0
    pace: float = 0


@dataclasses.dataclass(frozen=True)
class Ends:
    """What a task, or a part of it, does at its streams when nothing makes it wait."""

    cycles: float
    reads: dict[str, Reads]
    writes: dict[str, Writes]


Interval = Callable[[Loop], float]
"""Cycles from one iteration of a loop to the next."""


def ends_of(cost: Cost, interval: Interval = lambda loop: loop.ii) -> Ends:
    """Of a whole task; ``interval`` says how slow its loops are."""
    return _sequence(cost.loops, 0, interval)


def _ends(part: Loop | Repeat, interval: Interval) -> Ends:
    return _repeat(part, interval) if isinstance(part, Repeat) else _loop(part, interval(part))


def _loop(loop: Loop, ii: float) -> Ends:
    cycles = loop.cycles_at(ii)
    if loop.trips <= loop.lag:
        return Ends(cycles, {}, {})
    reads = {}
    for name in loop.reads:
        every = loop.read_every(name)
        count = math.ceil((loop.trips - loop.lag) / every)
        reads[name] = Reads(0, ii * every * (count - 1), count)
    for name in loop.reads_before:
        inside = reads.get(name, Reads(0, 0, 0))
        reads[name] = Reads(0, inside.last, inside.count + 1 / loop.unpacks_before)
    end = ii * (loop.trips - 1) + loop.depth - 1
    packs = min(loop.lag + loop.packs, loop.trips)
    first = ii * (packs - 1) + loop.depth - 1
    # A pipeline stands while its next input is missing, and holds back what is in it; what memory takes is not in it.
    held = 0 if loop.memory else (loop.depth - 1) // ii
    before = {name: min(read.count, -(-(packs + held) // loop.read_every(name))) for name, read in reads.items()}
    kept = min(held, loop.trips - 1) // loop.packs
    writes = {name: Writes(first, end, before, held=kept, pace=ii * loop.packs) for name in loop.writes}
    whole = {name: read.count for name, read in reads.items()}
    for name in loop.writes_after:
        writes[name] = Writes(cycles - ENTRY, cycles - ENTRY, whole, loop.packs_after)
    return Ends(cycles, reads, writes)


def _sequence(parts: tuple[Loop | Repeat, ...], between: int, interval: Interval) -> Ends:
    """Parts one after the other, with so many cycles behind each."""
    at = 0.0
    reads: dict[str, Reads] = {}
    writes: dict[str, Writes] = {}
    for part in parts:
        inner = _ends(part, interval)
        for name, write in inner.writes.items():
            before = {n: read.count for n, read in reads.items()}
            for n, count in write.read_before.items():
                before[n] = before.get(n, 0) + count
            known = writes.get(name)
            first, before = (known.first, known.read_before) if known else (at + write.first, before)
            writes[name] = dataclasses.replace(write, first=first, last=at + write.last, read_before=before)
        for name, read in inner.reads.items():
            seen = reads.get(name)
            start, count = (seen.first, seen.count) if seen else (at + read.first, 0)
            reads[name] = Reads(start, at + read.last, count + read.count)
        at += inner.cycles + between
    return Ends(at, reads, writes)


def _repeat(repeat: Repeat, interval: Interval) -> Ends:
    once = _sequence(repeat.body, 1, interval)
    if repeat.trips <= 0:
        return Ends(0, {}, {})
    rest = (repeat.trips - 1) * once.cycles
    reads = {name: Reads(read.first, rest + read.last, repeat.trips * read.count) for name, read in once.reads.items()}
    writes = {}
    for name, write in once.writes.items():
        turns = min(write.entries, math.ceil(repeat.trips)) - 1
        before = {n: turns * read.count for n, read in once.reads.items()}
        for n, count in write.read_before.items():
            before[n] = before.get(n, 0) + count
        left = -(-write.entries // math.ceil(repeat.trips))
        first = turns * once.cycles + write.first
        writes[name] = dataclasses.replace(write, first=first, last=rest + write.last, read_before=before, entries=left)
    return Ends(repeat.trips * once.cycles, reads, writes)
