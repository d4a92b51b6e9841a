"""The cycles of a kernel in closed form, from what its tasks state: no run is needed.

A task runs when its streams let it. It begins when the first vector it needs has come, and ends when it has done its
own work, or some cycles after the last vector has come, whichever is later. A phase takes as long as its last task, and
as long as the most burdened memory channel; phases follow each other.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir, line_of
from torch_fpga.model.arrivals import Arrivals, end_of
from torch_fpga.model.costs import costs_of, operands
from torch_fpga.model.ends import Ends, Interval, Reads, ends_of
from torch_fpga.model.memory import Channel
from torch_fpga.model.sharing import traffic_of
from torch_fpga.stages.common.cost import Cost
from torch_fpga.targets.chip import Chip

PHASE = 2
"""Cycles to start a phase and to see its end: a dataflow region takes as long as its slowest task, and one or two."""


@dataclasses.dataclass(frozen=True)
class TaskTime:
    """A task, in cycles from the start of its phase.

    Attributes:
        label: of the task, as messages call it.
        template: of hls_lib.
        source: the user's line; empty if there is none.
        cost: what the task states.
        start, end: when its first loop starts and its last one ends.
        alone: cycles of the task when nothing makes it wait.
        busy: cycles of the task alone, as fast as its memory channel gives and takes what it moves.
        memory: cycles that its accesses take of a memory channel.
        bytes: moved to and from device memory.
    """

    label: str
    template: str
    source: str
    cost: Cost
    start: float
    end: float
    alone: float
    busy: float
    memory: float
    bytes: float


@dataclasses.dataclass(frozen=True)
class PhaseTime:
    """A phase: its tasks, its cycles, and those of the memory channel that has most to do."""

    name: str
    tasks: tuple[TaskTime, ...]
    cycles: float
    channel: float

    @property
    def binding(self) -> TaskTime:
        """The task that has most to do."""
        return max(self.tasks, key=lambda task: task.busy)


@dataclasses.dataclass(frozen=True)
class KernelTime:
    """A kernel: its phases, one after the other."""

    name: str
    phases: tuple[PhaseTime, ...]

    @property
    def cycles(self) -> float:
        return sum(phase.cycles for phase in self.phases)

    @property
    def bytes(self) -> float:
        """Moved to and from device memory."""
        return sum(task.bytes for phase in self.phases for task in phase.tasks)

    @property
    def binding(self) -> TaskTime:
        """The task that binds the longest phase."""
        return max(self.phases, key=lambda phase: phase.cycles).binding


def kernel_time(kernel: hls.KernelOp, chip: Chip, channel: Channel) -> KernelTime:
    """The cycles of a kernel whose memory is bound and whose FIFOs are sized."""
    phases = [op for op in kernel.body.blocks[0].operations if isinstance(op, hls.PhaseOp)]
    return KernelTime(kernel.sym_name.value, tuple(_phase(op, chip, channel) for op in phases))


@dataclasses.dataclass(frozen=True)
class _Passing:
    """When vectors pass through a stream: the first, the last, and ``held`` before it that come ``pace`` apart."""

    first: float
    last: float
    held: float
    pace: float


def _phase(phase: hls.PhaseOp, chip: Chip, channel: Channel) -> PhaseTime:
    tasks: list[TaskTime] = []
    passing: dict[ir.Value, _Passing] = {}
    banks: dict[int, float] = defaultdict(float)
    listed = list(costs_of(phase, chip))  # a task stands behind those that write what it reads
    for (op, task, cost), moves in zip(
        listed, traffic_of([(op, cost) for op, _, cost in listed], channel), strict=True
    ):
        for bank, cycles in moves.banks.items():
            banks[bank] += cycles
        memory = sum(moves.banks.values())
        ends, alone = ends_of(cost, channel.interval), ends_of(cost).cycles
        busy = max(ends.cycles + moves.waits, memory)
        start, end = _run(op, _Work(cost, ends, alone, busy, channel.interval), passing)
        label, source = op.label.value, line_of(op.location)
        tasks.append(TaskTime(label, task.template, source, cost, start, end, alone, busy, memory, moves.bytes))
    busiest = max(banks.values(), default=0.0)
    cycles = max([busiest, *(task.end for task in tasks)]) + PHASE
    return PhaseTime(phase.name.value, tuple(tasks), cycles, busiest)


@dataclasses.dataclass(frozen=True)
class _Work:
    """What a task does: what it states, when it reads and writes, and its cycles; see ``TaskTime``."""

    cost: Cost
    ends: Ends
    alone: float
    busy: float
    interval: Interval


def _run(op: Any, work: _Work, passing: dict[ir.Value, _Passing]) -> tuple[float, float]:
    """Start and end of a task whose inputs have been timed; times its outputs."""
    ends, busy = work.ends, work.busy
    inputs = {name: [passing[value] for value in operands(op, name)] for name in ends.reads}
    start = max((each.first - ends.reads[name].first for name, all_ in inputs.items() for each in all_), default=0.0)
    start = max(start, 0.0)
    arrivals = {name: _arrivals(op, name, ends.reads[name].count, passing) for name in ends.reads}
    end = max(start + busy, end_of(work.cost, start, arrivals, work.interval))
    for name, all_ in inputs.items():
        for each in all_:
            end = max(end, each.last + ends.cycles - ends.reads[name].last + _behind(ends.reads[name], each))
    for name, write in ends.writes.items():
        first = start + write.first
        for source, count in write.read_before.items():
            read = ends.reads[source]
            for each in inputs[source]:
                # The producer may be slower than the reader: the vector that is needed comes when it comes.
                needed = each.first + (each.last - each.first) * max(count - 1, 0) / max(read.count - 1, 1)
                first = max(first, needed + write.first - _time_of(read.first, read.last, read.count, count))
        last = end - (ends.cycles - write.last)
        # In a pipeline that never stood nothing was held back.
        held = end - start > work.alone
        for value in operands(op, name):
            passing[value] = _Passing(min(first, last), last, held * write.held, write.pace)
    return start, end


def _behind(reads: Reads, passing: _Passing) -> float:
    """How long the task is behind with the vectors that were held back, when the last of them comes."""
    own = (reads.last - reads.first) / max(reads.count - 1, 1)
    return max(own - passing.pace, 0) * min(passing.held, reads.count - 1)


def _arrivals(op: Any, name: str, count: float, passing: dict[ir.Value, _Passing]) -> Arrivals:
    """Of an input; of several streams, from when all have begun until the last one ends: none comes later than that."""
    streams = [passing[value] for value in operands(op, name)]
    first = max(each.first for each in streams)
    return Arrivals(
        first,
        (max(each.last for each in streams) - first) / max(count - 1, 1),
        min(value.owner.opview.depth.value for value in operands(op, name)),
    )


def _time_of(first: float, last: float, count: float, number: float) -> float:
    """When the task alone makes read ``number`` of ``count``."""
    return first + (last - first) * max(number - 1, 0) / max(count - 1, 1)
