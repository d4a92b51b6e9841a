"""This process's report: what was compiled, what ran and how often."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator

import torch

from torch_fpga.compiler.recompiled import lost_regions
from torch_fpga.options import Options
from torch_fpga.reasons import WORDS
from torch_fpga.report import FallbackReport, GraphReport, RegionReport, Report
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.device import Device
from torch_fpga.runtime.launch import Count, Launch
from torch_fpga.version import __version__

_current: Report | None = None
# Counts, not launches: a report must not keep kernels on a card that nobody calls any more.
_counts: dict[int, list[tuple[RegionReport, Count]]] = {}


def start(options: Options, device: Device, graph: GraphReport) -> FallbackReport | None:
    """Adds a graph to this process's report. Returns what it lost against an earlier one of the same function."""
    global _current
    if _current is None or _current.options != dataclasses.asdict(options):
        _current = Report(
            torch_fpga_version=__version__,
            torch_version=torch.__version__,
            options=dataclasses.asdict(options),
            device=device.name,
            device_reason=device.reason,
        )
        _counts.clear()
    # A graph that could not be taken from PyTorch's cache after all is compiled once more under its name.
    for stale in [other for other in _current.graphs if other.name == graph.name]:
        _current.graphs.remove(stale)
        _counts.pop(id(stale), None)
    lost = lost_regions(_current.graphs, graph)
    if lost is not None:
        graph.fallbacks.append(lost)
    _current.graphs.append(graph)
    return lost


def current() -> Report | None:
    """The report of what ran in this process, with the launches counted up to now."""
    for pairs in _counts.values():
        for region, count in pairs:
            region.calls = count.calls
            region.last_call_us = count.last_seconds * 1e6 if count.calls else None
            region.route, region.sent_bytes = count.route, count.sent_bytes
        calls: Counter[str] = Counter()
        for region, _ in pairs:
            calls[region.kernel_of or region.id] += region.calls
        for region, _ in pairs:
            region.kernel_calls = calls[region.kernel_of or region.id]
    return _current


def reset() -> None:
    """Forgets what ran so far."""
    global _current
    _current = None
    _counts.clear()


@contextlib.contextmanager
def apart() -> Iterator[Callable[[], Report | None]]:
    """A report of its own for what is compiled inside; what ran before is not touched."""
    global _current, _counts
    before, _current = (_current, _counts), None
    _counts = {}
    try:
        yield current
    finally:
        _current, _counts = before


def region(report: GraphReport, name: str) -> RegionReport:
    """A region of a graph by its id."""
    return next(region for region in report.regions if region.id == name)


def compiled_by(report: GraphReport, name: str, compiler: str) -> None:
    region(report, name).compiled_by = compiler


def built(report: GraphReport, name: str, kernel: Built, launch: Launch, shared_with: str = "") -> None:
    """A kernel was built and loaded; ``shared_with`` is the region it was built for, if that is another one."""
    entry = region(report, name)
    entry.kernel_of = shared_with
    entry.compiled_by, entry.kernel_cpp = "hls", str(kernel.source)
    entry.build_seconds, entry.cache_hit = kernel.seconds, kernel.cache_hit
    _counts.setdefault(id(report), []).append((entry, launch.count))


def fallback(report: GraphReport, name: str, code: str, error: str) -> None:
    """A region runs in eager PyTorch, and why."""
    report.fallbacks.append(FallbackReport(name, code, WORDS[code], error))
    region(report, name).compiled_by = "eager"
