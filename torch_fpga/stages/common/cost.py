"""What a task costs, as its C++ is written: its loops in cycles, its operators and arrays on the chip.

A stage states the cost of each of its tasks beside the task. The closed form adds such statements up, the cycle log
takes the interval and the depth of a loop from them and everything else from a run, and the lint reads them.

Cycles follow what csynth reports of public designs: a pipelined loop takes ``ii * (trips - 1) + depth - 1`` cycles and
two more as a module of its own, and loops that follow each other in an outer loop add up with a cycle between them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

ENTRY = 2
"""Cycles to enter and leave a loop that is a module of its own."""


@dataclasses.dataclass(frozen=True)
class Access:
    """What one iteration of a loop moves between a port and device memory.

    Attributes:
        port: the operand.
        bits: of one access; a beat of the port.
        count: accesses an iteration, one after the other.
        burst_bytes: bytes that lie one behind the other and can be asked for at once; 0 if the address of every access
            is known only when it is made.
        run_bytes: the same of accesses that are asked for one by one; 0 if each goes to an address of its own.
        at_once: single reads under way at once, for which the port has room; 0 for as many as HLS has by default.
        on_chip: the operand is an array on the chip, which is no port.
    """

    port: str
    bits: int
    count: int = 1
    burst_bytes: int = 0
    on_chip: bool = False
    at_once: int = 0
    run_bytes: int = 0

    @property
    def together(self) -> int:
        """Bytes one behind the other, for which a channel opens a row of the memory once; 0 for none."""
        return max(self.burst_bytes, self.run_bytes)

    @property
    def request_bytes(self) -> float:
        """Of one request: of 16 beats where bursts are asked for, as HLS does by default, else of one access."""
        return self.bits / 8 * (16 if self.burst_bytes and not self.at_once else 1)


@dataclasses.dataclass(frozen=True)
class Loop:
    """One entry of a loop of the template, by the label it has there.

    Attributes:
        label: of the loop in the C++.
        trips: iterations. May be a mean where it depends on the data.
        ii: cycles from one iteration to the next, as the loop is really written.
        depth: cycles of one iteration, from its reads to its writes.
        why: what makes ``ii`` larger than one; empty if it is one.
        after: cycles of what follows the loop before anything else can start: the end of a sum, a square root.
        reads: operands whose streams an iteration reads, at its start.
        writes: operands whose streams are written, at the end of an iteration.
        unpacks: iterations from one read to the next: vectors whose lanes are taken one by one.
        unpacks_apart: the same, by the operand, of those that are read more seldom than the others.
        packs: iterations from one write to the next: results that fill a vector one by one.
        lag: iterations between a read and the write that it leads to: the first so many write nothing, and the last so
            many read nothing.
        packs_after: entries of the loop from one write behind it to the next.
        unpacks_before: entries of the loop from one read before it to the next.
        reads_before: operands whose streams are read once, before the loop starts.
        writes_after: operands whose streams are written once the loop and ``after`` are through.
        memory: what an iteration moves to or from device memory.
        operators: how many of each operator an iteration has, by their names in ``targets/operators.toml``. HLS binds
            those of several stages to ``ceil(n / ii)`` units, since each can begin anew every cycle.
    """

    label: str
    trips: float
    ii: int = 1
    depth: int = 2
    why: str = ""
    after: int = 0
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    unpacks: int = 1
    unpacks_apart: Mapping[str, int] = dataclasses.field(default_factory=dict)
    packs: int = 1
    lag: int = 0
    packs_after: int = 1
    unpacks_before: int = 1
    reads_before: tuple[str, ...] = ()
    writes_after: tuple[str, ...] = ()
    memory: tuple[Access, ...] = ()
    operators: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def read_every(self, name: str) -> int:
        """Iterations from one read of a stream to the next, by the operand."""
        return self.unpacks_apart.get(name, self.unpacks)

    @property
    def cycles(self) -> float:
        """Of one entry, when nothing is waited for."""
        return self.cycles_at(self.ii)

    def cycles_at(self, interval: float) -> float:
        """Of one entry, with so many cycles from one iteration to the next."""
        inner = interval * (self.trips - 1) + self.depth - 1 if self.trips > 0 else 0
        return inner + ENTRY + self.after


@dataclasses.dataclass(frozen=True)
class Repeat:
    """Loops that follow each other, over and over: an outer loop that is not pipelined."""

    trips: float
    body: tuple[Loop | Repeat, ...]

    @property
    def cycles(self) -> float:
        return self.trips * sum(part.cycles + 1 for part in self.body)


@dataclasses.dataclass(frozen=True)
class Array:
    """An array on the chip: ``banks`` memories, or ``banks`` groups of registers where it is small.

    Attributes:
        name: of the variable.
        elements: in all.
        bits: of an element.
        banks: parts that are accessed in the same cycle.
        registers: the array is partitioned completely, into flip-flops.
        at_once: elements that an iteration accesses; None for as many as the streams have lanes.
    """

    name: str
    elements: int
    bits: int
    banks: int = 1
    registers: bool = False
    at_once: int | None = None


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a task costs.

    Attributes:
        loops: what it does, in order.
        operators: those that stand side by side beside those of the loops: behind a loop, or in one whose ``ii`` is 1.
        arrays: what it keeps on the chip.
    """

    loops: tuple[Loop | Repeat, ...]
    operators: Mapping[str, int] = dataclasses.field(default_factory=dict)
    arrays: tuple[Array, ...] = ()

    @property
    def cycles(self) -> float:
        """Of the task alone, when no stream makes it wait."""
        return sum(part.cycles for part in self.loops)

    def each_loop(self) -> Iterator[tuple[Loop, float]]:
        """Every loop, with how often it is entered."""
        yield from _entered(self.loops, 1)


def _entered(parts: tuple[Loop | Repeat, ...], times: float) -> Iterator[tuple[Loop, float]]:
    for part in parts:
        if isinstance(part, Repeat):
            yield from _entered(part.body, times * part.trips)
        else:
            yield part, times
