"""This process's report: what was compiled, what ran and how often."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import threading
from collections import Counter
from collections.abc import Iterator

import torch

from torch_fpga.compiler.recompiled import lost_regions
from torch_fpga.options import Options
from torch_fpga.reasons import WORDS, Reason
from torch_fpga.report import FallbackReport, GraphReport, RegionReport, Report
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.device import Device
from torch_fpga.runtime.launch import Count, Launch
from torch_fpga.version import __version__


class Record:
    """A report that grows: the graphs compiled so far with one set of options. Several threads may use one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._report: Report | None = None
        # Counts, not launches: a report must not keep kernels on a card that nobody calls any more.
        self._counts: dict[int, list[tuple[RegionReport, Count]]] = {}

    def start(self, options: Options, device: Device, graph: GraphReport) -> FallbackReport | None:
        """Adds a graph. Returns what it lost against an earlier one of the same function."""
        with self._lock:
            if self._report is None or self._report.options != dataclasses.asdict(options):
                self._report = Report(
                    torch_fpga_version=__version__,
                    torch_version=torch.__version__,
                    options=dataclasses.asdict(options),
                    device=device.name,
                    device_reason=device.reason,
                )
                self._counts.clear()
            graphs = self._report.graphs
            # A graph that could not be taken from PyTorch's cache after all is compiled once more under its name.
            for stale in [other for other in graphs if other.name == graph.name]:
                graphs.remove(stale)
                self._counts.pop(id(stale), None)
            lost = lost_regions(graphs, graph)
            if lost is not None:
                graph.fallbacks.append(lost)
            graphs.append(graph)
            return lost

    def count(self, graph: GraphReport, region: RegionReport, count: Count) -> None:
        """Tells the launches of a region from now on."""
        with self._lock:
            self._counts.setdefault(id(graph), []).append((region, count))

    def current(self) -> Report | None:
        """The report, with the launches counted up to now; None before the first graph."""
        with self._lock:
            for pairs in self._counts.values():
                _write_counts(pairs)
            return self._report

    def reset(self) -> None:
        """Forgets what ran so far."""
        with self._lock:
            self._report = None
            self._counts.clear()


def _write_counts(pairs: list[tuple[RegionReport, Count]]) -> None:
    for region, count in pairs:
        region.calls = count.calls
        region.last_call_us = count.last_seconds * 1e6 if count.calls else None
        region.route, region.sent_bytes = count.route, count.sent_bytes
    calls: Counter[str] = Counter()
    for region, _ in pairs:
        calls[region.kernel_of or region.id] += region.calls
    for region, _ in pairs:
        region.kernel_calls = calls[region.kernel_of or region.id]


_of_process = Record()
_apart: contextvars.ContextVar[Record | None] = contextvars.ContextVar("record", default=None)


def _here() -> Record:
    """The process's record, or that of the block of ``apart`` that this thread is in."""
    return _apart.get() or _of_process


def start(options: Options, device: Device, graph: GraphReport) -> FallbackReport | None:
    """Adds a graph to this process's report. Returns what it lost against an earlier one of the same function."""
    return _here().start(options, device, graph)


def current() -> Report | None:
    """The report of what ran in this process, with the launches counted up to now."""
    return _here().current()


def reset() -> None:
    """Forgets what ran so far."""
    _here().reset()


@contextlib.contextmanager
def apart() -> Iterator[Record]:
    """A record of its own for what this thread compiles inside. The process's does not see it."""
    mine = Record()
    token = _apart.set(mine)
    try:
        yield mine
    finally:
        _apart.reset(token)


def region(report: GraphReport, name: str) -> RegionReport:
    """A region of a graph by its id."""
    return next(region for region in report.regions if region.id == name)


def compiled_by(report: GraphReport, name: str, compiler: str) -> None:
    region(report, name).compiled_by = compiler


def built(report: GraphReport, name: str, kernel: Built, launch: Launch, shared_with: str = "") -> None:
    """A kernel was built and loaded; ``shared_with`` is the region it was built for, if that is another one."""
    entry = region(report, name)
    entry.kernel_of, entry.called = shared_with, launch.called
    entry.compiled_by, entry.kernel_cpp = "hls", str(kernel.source)
    entry.build_seconds, entry.cache_hit = kernel.seconds, kernel.cache_hit
    _here().count(report, entry, launch.count)


def fallback(report: GraphReport, name: str, code: str, error: str, for_good: bool = True) -> None:
    """A region runs in eager PyTorch, and why: from now on, or in some calls."""
    report.fallbacks.append(FallbackReport(name, code, WORDS[code], error))
    if for_good:
        region(report, name).compiled_by = "eager"


def whole_graph_fell_back(name: str, reason: Reason) -> None:
    """A call of a graph runs in eager PyTorch, and why; ``name`` is the graph's in the report."""
    report = current()
    for graph in report.graphs if report else ():
        if graph.name == name:
            graph.fallbacks.append(FallbackReport("a call", reason.code, reason.words))
