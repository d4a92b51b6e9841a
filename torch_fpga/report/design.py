"""What the judge says of a kernel, as plain data. Cycles are those of the kernel's clock."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from torch_fpga.report.finding import Finding

_Placed = TypeVar("_Placed", "TaskReport", Finding)


def _number(unit: str, known: str, **default: Any) -> Any:
    return dataclasses.field(metadata={"legend": f"{unit}, {known}"}, **default)


@dataclasses.dataclass(slots=True)
class LoopReport:
    """A loop of a task, by its label in the C++: what the cycle log is solved with.

    ``depth`` is that of one iteration without the latency of memory, ``after`` what follows an entry. Accesses to
    memory are of ``beat_bytes`` (0 if there are none), asked for at once where ``bursts``, or ``outstanding`` of them
    (0: as many as HLS has by default) under way. A cycle is lost behind each n-th entry, for each n of ``pauses``.
    """

    label: str
    ii: int = _number("cycles", "estimated")
    depth: int = _number("cycles", "estimated")
    after: int = _number("cycles", "estimated")
    bursts: bool = True
    beat_bytes: int = _number("bytes", "estimated", default=0)
    outstanding: int = _number("reads", "estimated", default=0)
    pauses: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class TaskReport:
    """A task of a dataflow region. ``start`` and ``end`` count from the start of its phase.

    ``ii`` is the interval of its busiest loop and ``why`` what makes it larger than one. ``stalls`` are the cycles in
    which it did not work, by their cause.
    """

    label: str
    template: str
    source: str
    start: float = _number("cycles", "estimated or cycle, see known")
    end: float = _number("cycles", "estimated or cycle, see known")
    busy: float = _number("cycles", "estimated or cycle, see known")
    bytes: float = _number("bytes to and from device memory", "estimated")
    ii: int = _number("cycles", "estimated")
    why: str = ""
    stalls: dict[str, float] = dataclasses.field(default_factory=dict)
    loops: list[LoopReport] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class PhaseReport:
    """Tasks that run at once, joined by streams."""

    name: str
    cycles: float = _number("cycles", "estimated or cycle, see known")
    tasks: list[TaskReport] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class FifoReport:
    """A FIFO between two tasks, by the cycle log. ``least`` is the depth below which the kernel would be slower."""

    name: str
    writer: str
    reader: str
    depth: int = _number("elements, as declared", "exact")
    least: int = _number("elements", "cycle")
    elements: int = _number("elements that pass", "cycle")


@dataclasses.dataclass(slots=True)
class DesignReport:
    """A kernel before a card sees it.

    ``known`` says how its cycles are known: "estimated" in closed form, or "cycle" from the log of an emulated run.
    Of lut, ff, dsp, bram18, uram and ports: ``parts`` are what its tasks, its FIFOs and so on take, ``resources`` what
    it takes in all, ``room`` what the card has beside its shell.
    """

    known: str
    cycles: float = _number("cycles", "estimated or cycle, see known")
    clock_mhz: float = _number("MHz", "estimated")
    bytes: float = _number("bytes to and from device memory", "estimated")
    flops: float = _number("operations", "estimated")
    memory_gb_per_s: float = _number("GB/s, of all memory channels of the card", "estimated")
    peak_gflops: float = _number("10^9 operations a second, of all DSPs of the card", "estimated")
    memory_share: float = _number("of the bandwidth of the card's memory, 0 to 1", "estimated or cycle, see known")
    binds: str = ""
    resources: dict[str, float] = dataclasses.field(default_factory=dict)
    room: dict[str, float] = dataclasses.field(default_factory=dict)
    parts: dict[str, dict[str, float]] = dataclasses.field(default_factory=dict)
    slrs: int = _number("dies", "exact", default=1)
    phases: list[PhaseReport] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)
    fifos: list[FifoReport] = dataclasses.field(default_factory=list)
    closed_form: float = _number("cycles", "estimated", default=0.0)

    @property
    def microseconds(self) -> float:
        """Time in the kernel, without the launch."""
        return self.cycles / self.clock_mhz

    def seen_at(self, lines: dict[str, str]) -> DesignReport:
        """The same of a kernel of equal work, with its user's lines in place of these."""

        def at(part: _Placed) -> _Placed:
            return dataclasses.replace(part, source=lines.get(part.source, part.source))

        phases = [dataclasses.replace(phase, tasks=list(map(at, phase.tasks))) for phase in self.phases]
        return dataclasses.replace(self, phases=phases, findings=list(map(at, self.findings)))
