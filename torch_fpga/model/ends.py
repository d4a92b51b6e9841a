"""When a task reads and writes its streams, from the loops that its cost states."""

from __future__ import annotations

import dataclasses
import math

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
    one over several entries.
    """

    first: float
    last: float
    read_before: dict[str, float]
    entries: int = 1


@dataclasses.dataclass(frozen=True)
class Ends:
    """What a task, or a part of it, does at its streams when nothing makes it wait."""

    cycles: float
    reads: dict[str, Reads]
    writes: dict[str, Writes]


def ends_of(cost: Cost) -> Ends:
    """Of a whole task."""
    return _sequence(cost.loops, between=0)


def _ends(part: Loop | Repeat) -> Ends:
    return _repeat(part) if isinstance(part, Repeat) else _loop(part)


def _loop(loop: Loop) -> Ends:
    if loop.trips <= loop.lag:
        return Ends(loop.cycles, {}, {})
    count = loop.trips - loop.lag
    reads = {name: Reads(0, loop.ii * (count - 1), count) for name in loop.reads}
    for name in loop.reads_before:
        reads[name] = Reads(0, 0, 1 / loop.unpacks_before)
    end = loop.ii * (loop.trips - 1) + loop.depth - 1
    packs = min(loop.lag + loop.packs, loop.trips)
    first = loop.ii * (packs - 1) + loop.depth - 1
    before = {name: min(read.count, packs) for name, read in reads.items()}
    writes = {name: Writes(first, end, before) for name in loop.writes}
    whole = {name: read.count for name, read in reads.items()}
    for name in loop.writes_after:
        writes[name] = Writes(loop.cycles - ENTRY, loop.cycles - ENTRY, whole, loop.packs_after)
    return Ends(loop.cycles, reads, writes)


def _sequence(parts: tuple[Loop | Repeat, ...], between: int) -> Ends:
    """Parts one after the other, with so many cycles behind each."""
    at = 0.0
    reads: dict[str, Reads] = {}
    writes: dict[str, Writes] = {}
    for part in parts:
        inner = _ends(part)
        for name, write in inner.writes.items():
            before = {n: read.count for n, read in reads.items()}
            for n, count in write.read_before.items():
                before[n] = before.get(n, 0) + count
            known = writes.get(name)
            first, before = (known.first, known.read_before) if known else (at + write.first, before)
            writes[name] = Writes(first, at + write.last, before, write.entries)
        for name, read in inner.reads.items():
            seen = reads.get(name)
            start, count = (seen.first, seen.count) if seen else (at + read.first, 0)
            reads[name] = Reads(start, at + read.last, count + read.count)
        at += inner.cycles + between
    return Ends(at, reads, writes)


def _repeat(repeat: Repeat) -> Ends:
    once = _sequence(repeat.body, between=1)
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
        writes[name] = Writes(turns * once.cycles + write.first, rest + write.last, before, left)
    return Ends(repeat.trips * once.cycles, reads, writes)
