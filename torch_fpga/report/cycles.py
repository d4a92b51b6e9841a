"""The cycles of kernels by their logs, as tables for a terminal: tasks with their stalls, FIFOs with their depths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch_fpga.report import kernels, units
from torch_fpga.report.design import DesignReport, FifoReport, PhaseReport
from torch_fpga.report.report import Report


def render_cycles(report: Report) -> str:
    """Of each kernel that was run: its cycles, by the log and in closed form, its tasks and its FIFOs."""
    lines: list[str] = []
    for graph in report.graphs:
        for region in graph.on("fpga"):
            if region.design is not None and region.design.known == "cycle":
                lines += _kernel(f"{graph.title} {region.id}", region.design)
    return "\n".join(lines) or "no kernel was run: no region of the model goes to the FPGA"


def _kernel(title: str, design: DesignReport) -> Iterator[str]:
    error = design.closed_form / design.cycles - 1
    yield f"== {title}: {design.cycles:,.0f} cycles, {units.time(design.microseconds)}"
    yield f"   closed form: {design.closed_form:,.0f} cycles, {100 * error:+.1f} %"
    yield f"   bound by {design.binds}"
    for phase in design.phases:
        yield from _table((phase.name, "start", "end", "at work", "stalls"), _tasks(phase))
    if design.fifos:
        yield from _table(("FIFO", "depth", "least", "elements", ""), _fifos(design.fifos))


def _tasks(phase: PhaseReport) -> Iterator[tuple[str, ...]]:
    for label, tasks in kernels.alike(phase):
        last = max(tasks, key=lambda task: task.end)
        stalls = ", ".join(f"{cause} {cycles:,.0f}" for cause, cycles in last.stalls.items())
        numbers = (f"{min(task.start for task in tasks):,.0f}", f"{last.end:,.0f}", f"{last.busy:,.0f}")
        yield (label, *numbers, stalls)


def _fifos(fifos: Sequence[FifoReport]) -> Iterator[tuple[str, ...]]:
    for title, like in kernels.alike_fifos(fifos):
        depth, least, elements = (max(getattr(fifo, what) for fifo in like) for what in ("depth", "least", "elements"))
        yield (title, f"{depth:,}", f"{least:,}", f"{elements:,}", f"{like[0].writer} → {like[0].reader}")


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> list[str]:
    """The first column to the left, numbers to the right, the last column as it is."""
    table = [head, *rows]
    widths = [max(units.columns(row[i]) for row in table) for i in range(len(head))]
    lines = []
    for first, *numbers, last in table:
        cells = [
            first + " " * (widths[0] - units.columns(first)),
            *(cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=False)),
            last,
        ]
        lines.append(f"   {'  '.join(cells).rstrip()}")
    return lines
