"""The cycles of a kernel from the log of one emulated run, for any FIFO depths and without a second run.

What a task does is known from the run, and how long its loops take from what its stage states; the solver
(hls_lib/emulation/solver) finds when each task starts, waits and ends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from torch_fpga.errors import InternalError, ToolError
from torch_fpga.model.memory import Channel
from torch_fpga.report.design import DesignReport, FifoReport, PhaseReport, TaskReport
from torch_fpga.report.kernels import unnumbered
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.cycle_log import CycleLog
from torch_fpga.runtime.solver import LoopTiming, Memory, Solution, Solver, Style, TaskTimes
from torch_fpga.targets.card import load_card
from torch_fpga.targets.fpga import load_target

PHASE = 2
"""Cycles from the end of a phase to the start of the next, as in the closed form."""


def memory_of(target: str) -> Memory:
    """Device memory of the card ``target`` as the solver has it."""
    latency, channel = load_card(target).chip.memory_latency, Channel.of(load_target(target))
    return Memory(latency, latency, channel.bytes_per_cycle, channel.access_cycles)


class Cycles:
    """One logged run of a kernel, to be solved as often as wanted.

    Args:
        design: of the kernel, as it was judged when it was lowered.
        log: of the run.
        target: the card.
        cache: where the solver is kept.

    Raises InternalError where the log is not of this kernel.
    """

    def __init__(self, design: DesignReport, log: CycleLog, target: str, cache: Cache) -> None:
        self.design, self.log, self.memory = design, log, memory_of(target)
        self.tasks = [task for phase in design.phases for task in phase.tasks]
        logged = [task.name for task in log.tasks]
        if logged != [task.label for task in self.tasks]:
            raise InternalError(f"the log is of tasks {logged}, not of this kernel's", code="bad-log")
        self._solver = Solver(log, cache)
        numbers = {label: number for number, label in enumerate(log.labels)}
        self._timings = [
            LoopTiming(
                *(number, numbers[loop.label], loop.ii, loop.depth, loop.after),
                *(loop.bursts, loop.beat_bytes, loop.outstanding, tuple(loop.pauses)),
            )
            for number, task in enumerate(self.tasks)
            for loop in task.loops
            if loop.label in numbers
        ]

    @property
    def depths(self) -> list[int]:
        """Of the kernel's FIFOs, as it declares them."""
        return [stream.depth for stream in self.log.streams]

    def solve(self, depths: Sequence[int] | None = None, style: Style = "stp") -> Solution:
        """When each task runs, with FIFOs of ``depths`` (by default the kernel's own)."""
        return self._solver.solve(self.depths if depths is None else depths, self._timings, self.memory, style, PHASE)

    def report(self, depths: Sequence[int] | None = None, style: Style = "stp") -> DesignReport:
        """The design with the cycles of the log. Raises ToolError for a deadlock, naming the tasks that wait."""
        solution = self.solve(depths, style)
        if solution.deadlock:
            raise ToolError(f"deadlock: {'; '.join(self._blocked(solution))}", code="deadlock")
        phases, start, number = [], 0, 0
        for phase in self.design.phases:
            times = solution.tasks[number : number + len(phase.tasks)]
            end = max(task.end for task in times)
            tasks = [_task(task, each, start) for task, each in zip(phase.tasks, times, strict=True)]
            phases.append(PhaseReport(phase.name, end + PHASE - start, tasks))
            start, number = end + PHASE, number + len(phase.tasks)
        cycles = sum(phase.cycles for phase in phases)
        share = self.design.bytes / (cycles / self.design.clock_mhz * self.design.memory_gb_per_s * 1e3)
        binds = _binds(max(phases, key=lambda phase: phase.cycles))
        return dataclasses.replace(
            self.design, known="cycle", cycles=cycles, memory_share=share, binds=binds, phases=phases
        )

    def fifos(self, style: Style = "stp") -> list[FifoReport]:
        """The kernel's FIFOs, with the least depths of ``least_depths``."""
        streams, least = self.solve(style=style).streams, self.least_depths(style)
        return [
            FifoReport(
                *(declared.name, self.tasks[times.writer].label, self.tasks[times.reader].label),
                *(declared.depth, depth, times.elements),
            )
            for declared, times, depth in zip(self.log.streams, streams, least, strict=True)
            if times.elements
        ]

    def least_depths(self, style: Style = "stp") -> list[int]:
        """The least depths that together do not slow the kernel, found without another run.

        FIFOs that differ only in numbers in names, theirs and their tasks', are of like channels and get one depth.
        """
        solution = self.solve(style=style)
        depths, best = self.depths, max(task.end for task in solution.tasks)
        most = [min(depth, max(times.most, 1)) for depth, times in zip(depths, solution.streams, strict=True)]
        alike: dict[tuple[str, ...], list[int]] = {}
        for number, times in enumerate(solution.streams):
            names = (self.log.streams[number].name, self.tasks[times.writer].label, self.tasks[times.reader].label)
            alike.setdefault(tuple(map(unnumbered, names)), []).append(number)
        for numbers in alike.values():
            low, high = 1, max(most[number] for number in numbers)
            while low < high:
                middle = (low + high) // 2
                tried = [middle if number in numbers else depth for number, depth in enumerate(depths)]
                low, high = (low, middle) if self._end(tried, style) <= best else (middle + 1, high)
            for number in numbers:
                depths[number] = high
        return depths

    def _end(self, depths: Sequence[int], style: Style) -> float:
        solution = self.solve(depths, style)
        return float("inf") if solution.deadlock else max(task.end for task in solution.tasks)

    def _blocked(self, solution: Solution) -> list[str]:
        names = [stream.name for stream in self.log.streams]
        return [
            f'task "{task.label}" waits to {"read" if times.blocked_to_read else "write"} "{names[times.blocked]}"'
            for task, times in zip(self.tasks, solution.tasks, strict=True)
            if times.blocked >= 0
        ]


READ, WRITE, INTERVAL = "waits to read a stream", "waits to write a stream", "interval above one"


def _task(task: TaskReport, times: TaskTimes, start: int) -> TaskReport:
    stalls = {
        READ: times.read_wait,
        WRITE: times.write_wait,
        "latency of memory": times.latency_wait,
        "bandwidth of memory": times.bandwidth_wait,
        INTERVAL: times.interval,
        "fills and drains": times.drain,
    }
    seen: dict[str, float] = {cause: cycles for cause, cycles in stalls.items() if cycles}
    return dataclasses.replace(task, start=times.start - start, end=times.end - start, busy=times.busy, stalls=seen)


def _binds(phase: PhaseReport) -> str:
    """The task that waits least for the others, and how it spends its time."""
    task = min(phase.tasks, key=lambda task: task.stalls.get(READ, 0) + task.stalls.get(WRITE, 0) - task.end)
    spent = {"one iteration a cycle": task.busy, **task.stalls}
    if task.ii > 1 and INTERVAL in spent:
        spent[f"II = {task.ii}"] = spent.pop(INTERVAL)
    whole = max(task.end - task.start, 1)
    parts = [f"{cause} {100 * cycles / whole:.0f} %" for cause, cycles in sorted(spent.items(), key=lambda x: -x[1])]
    return f'"{task.label}": {", ".join(parts[:3])}'
