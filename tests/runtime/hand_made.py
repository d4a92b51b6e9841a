"""Cycle logs written by hand: the format of ``hls_lib/emulation/log/format.hpp`` in a few words a task."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tests.caches import cache
from torch_fpga.runtime.cycle_log import CycleLog, LoggedOperand, LoggedTask, Stream
from torch_fpga.runtime.solver import LoopTiming, Memory, Solution, Solver, Style

MAGIC = 0x31474F4C5F534C48
ENTER, LEAVE = -1, -2
READ, WRITE, LOAD, STORE = range(4)
NO_MEMORY = Memory(0, 0)


@dataclasses.dataclass(frozen=True)
class Do:
    """So many iterations that do the same, or events outside of loops.

    ``loads`` and ``stores`` are accesses as (first address, bytes, bytes to the address of the next iteration).
    """

    count: int
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    loads: Sequence[tuple[int, int, int]] = ()
    stores: Sequence[tuple[int, int, int]] = ()


@dataclasses.dataclass(frozen=True)
class Loop:
    """An entry of a loop, with its timing; ``label`` names it in its task."""

    does: Sequence[Do]
    ii: int = 1
    depth: int = 2
    after: int = 0
    label: str = "l"
    bursts: bool = True
    beat_bytes: int = 64


@dataclasses.dataclass(frozen=True)
class Task:
    """What a task does, in order."""

    name: str
    parts: Sequence[Loop | Do]
    phase: int = 0


class HandMade:
    """A log of ``tasks`` at ``streams`` (their depths by name), with the timings that its loops give."""

    def __init__(self, streams: dict[str, int], tasks: Sequence[Task], operands: Sequence[LoggedOperand] = ()) -> None:
        self.streams = list(streams)
        self.labels = sorted({part.label for task in tasks for part in task.parts if isinstance(part, Loop)})
        self.patterns: list[list[int]] = []
        self.timings = [
            LoopTiming(
                number, self.labels.index(loop.label), loop.ii, loop.depth, loop.after, loop.bursts, loop.beat_bytes
            )
            for number, task in enumerate(tasks)
            for loop in {part.label: part for part in task.parts if isinstance(part, Loop)}.values()
        ]
        programs = [self._program(task) for task in tasks]
        words = [len(self.patterns), len(streams), len(self.labels), len(tasks)]
        for pattern in self.patterns:
            words += [len(pattern) // 2, *pattern]
        for task, program in zip(tasks, programs, strict=True):
            words += [task.phase, len(program), *program]
        words = [MAGIC, 3 + len(words), 0, *words]
        self.log = CycleLog(
            np.array(words, np.int64),
            tuple(Stream(name, depth) for name, depth in streams.items()),
            tuple(self.labels),
            tuple(LoggedTask(task.phase, number, task.name) for number, task in enumerate(tasks)),
            tuple(operands),
        )

    def solve(
        self,
        style: Style = "stp",
        memory: Memory = NO_MEMORY,
        depths: Sequence[int] | None = None,
        phase_cycles: int = 0,
    ) -> Solution:
        """With the FIFOs' own depths, or others."""
        own = [stream.depth for stream in self.log.streams]
        return Solver(self.log, cache()).solve(
            own if depths is None else depths, self.timings, memory, style, phase_cycles
        )

    def _program(self, task: Task) -> list[int]:
        program: list[int] = []
        for part in task.parts:
            if isinstance(part, Do):
                program += self._run(part)
                continue
            program += [ENTER, self.labels.index(part.label)]
            for do in part.does:
                program += self._run(do)
            program.append(LEAVE)
        return program

    def _run(self, do: Do) -> list[int]:
        pattern = [word for name in do.reads for word in (READ, self.streams.index(name))]
        pattern += [word for _, size, _ in do.loads for word in (LOAD, size)]
        pattern += [word for name in do.writes for word in (WRITE, self.streams.index(name))]
        pattern += [word for _, size, _ in do.stores for word in (STORE, size)]
        if pattern not in self.patterns:
            self.patterns.append(pattern)
        places = [word for address, _, stride in (*do.loads, *do.stores) for word in (address, stride)]
        return [self.patterns.index(pattern), do.count, *places]
