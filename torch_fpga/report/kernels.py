"""What the judge says of kernels, as a person reads it: one line each, bars of resources, tasks in time."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from torch_fpga.report import units
from torch_fpga.report.data import GraphReport, RegionReport
from torch_fpga.report.design import DesignReport, FifoReport, PhaseReport, TaskReport

RESOURCES = {
    "lut": "LUT",
    "ff": "flip-flops",
    "dsp": "DSP",
    "bram18": "block RAM",
    "uram": "URAM",
    "ports": "memory ports",
}
"""The resources of a card, and what they are called."""


def judged(graph: GraphReport) -> list[tuple[RegionReport, DesignReport]]:
    """The regions of a graph that have a kernel of their own, and what the judge says of it."""
    return [(region, region.design) for region in graph.regions if region.design and not region.kernel_of]


def designs(graph: GraphReport) -> dict[str, DesignReport]:
    """The same, by the regions' ids."""
    return {region.id: design for region, design in judged(graph)}


def line(design: DesignReport) -> str:
    """What a kernel takes, what share of the memory's speed it reaches, and what binds it."""
    share = f"{units.number(100 * design.memory_share)} % of {units.number(design.memory_gb_per_s)} GB/s"
    return f"{units.time(design.microseconds)}, {share}, bound by {design.binds}"


@dataclasses.dataclass(frozen=True)
class Bar:
    """A share of something: its name, the share (1 is all of it), and the numbers in words."""

    name: str
    share: float
    words: str


def resource_bars(*designs: DesignReport) -> list[Bar]:
    """What kernels of one card take together of each of its resources."""
    bars = []
    for name, words in RESOURCES.items():
        has, takes = designs[0].room.get(name, 0.0), sum(design.resources.get(name, 0.0) for design in designs)
        share = takes / has if has else 0.0
        bars.append(Bar(words, share, f"{units.count(takes)} of {units.count(has)}, {100 * share:.0f} %"))
    return bars


def alike_fifos(fifos: Iterable[FifoReport]) -> Iterator[tuple[str, list[FifoReport]]]:
    """FIFOs in order; those of several channels together."""
    groups: dict[tuple[str, ...], list[FifoReport]] = {}
    for fifo in fifos:
        groups.setdefault(tuple(map(unnumbered, (fifo.name, fifo.writer, fifo.reader))), []).append(fifo)
    for (name, *_), like in groups.items():
        yield f"{name} × {len(like)}" if len(like) > 1 else name, like


@dataclasses.dataclass(frozen=True)
class Row:
    """Like tasks of a phase in one row: where they lie in the phase, in percent, and how their time is spent.

    ``parts`` are the shares of the time between start and end in percent: at work, and stalled by each cause.
    """

    label: str
    template: str
    source: str
    left: float
    width: float
    parts: list[tuple[str, float]]
    words: str


def unnumbered(name: str) -> str:
    """The name of a task or a FIFO without the number that tells it from those of other channels."""
    return re.sub(r"[ _]\d+$", "", name)


def alike(phase: PhaseReport) -> Iterator[tuple[str, list[TaskReport]]]:
    """The tasks of a phase in the order of its text; those of several channels, which differ in a number, together."""
    groups: dict[tuple[str, str], list[TaskReport]] = {}
    for task in phase.tasks:
        groups.setdefault((unnumbered(task.label), task.template), []).append(task)
    for (label, _), tasks in groups.items():
        yield f"{label} × {len(tasks)}" if len(tasks) > 1 else label, tasks


def rows(phase: PhaseReport) -> Iterator[Row]:
    """The tasks of a phase; those alike in one row."""
    for name, tasks in alike(phase):
        start, end = min(task.start for task in tasks), max(task.end for task in tasks)
        first = max(tasks, key=lambda task: task.end - task.start)
        span = max(end - start, 1e-9)
        stalls = {f"stalled: {cause}": 100 * cycles / span for cause, cycles in first.stalls.items()}
        parts = [("at work", max(100 - sum(stalls.values()), 0.0)), *stalls.items()]
        interval = f", II = {first.ii}" + (f" ({first.why})" if first.why else "")
        words = f"cycles {start:,.0f} to {end:,.0f}, {first.busy:,.0f} at work{interval}"
        whole = max(phase.cycles, 1e-9)
        yield Row(name, first.template, first.source, 100 * start / whole, 100 * span / whole, parts, words)
