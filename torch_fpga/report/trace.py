"""A report's kernels in time, in the format of Chrome's traces: Perfetto (ui.perfetto.dev) opens it.

Source: Google, "Trace Event Format". A process is a region, a thread is a task; a time is in microseconds by the clock
of the card.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from torch_fpga.report.data import GraphReport, RegionReport


def chrome_trace(graphs: Iterable[GraphReport]) -> str:
    """The trace as JSON. Regions follow each other as they do in a call: link, kernel, link."""
    events: list[dict[str, Any]] = []
    for number, graph in enumerate(graphs):
        events += _graph(graph, 1000 * number)
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ns"})


def _graph(graph: GraphReport, first: int) -> Iterator[dict[str, Any]]:
    yield _name("process_name", f"{graph.title}: devices", first)
    for thread, name in enumerate(("GPU", "link", "FPGA")):
        yield _name("thread_name", name, first, thread)
    now = 0.0
    for number, region in enumerate(sorted(graph.regions, key=lambda region: region.stage), 1):
        if region.device == "gpu":
            yield _event(region.id, now, region.gpu_us, first, 0, {"known": "estimated", "ops": region.title})
            now += region.gpu_us
            continue
        took = region.design.microseconds if region.design else region.fpga_us or 0.0
        for name, thread, duration in (
            (f"to {region.id}", 1, region.link_in_us),
            (region.id, 2, took),
            (f"from {region.id}", 1, region.link_out_us),
        ):
            yield _event(name, now, duration, first, thread, {"known": "estimated", "ops": region.title})
            if thread == 2:
                yield from _tasks(region, f"{graph.title} {region.id}", now, first + number)
            now += duration


def _tasks(region: RegionReport, title: str, start: float, process: int) -> Iterator[dict[str, Any]]:
    if region.design is None:
        return
    yield _name("process_name", f"{title}: tasks", process)
    clock, threads = region.design.clock_mhz, 0
    for phase in region.design.phases:
        for task in phase.tasks:
            yield _name("thread_name", f"{phase.name} {task.label}", process, threads)
            about = {
                "template": task.template,
                "your line": task.source,
                "busy cycles": task.busy,
                "bytes": task.bytes,
                "II": task.ii,
                "why": task.why,
                "known": region.design.known,
                **{f"stalled: {cause}": cycles for cause, cycles in task.stalls.items()},
            }
            length = (task.end - task.start) / clock
            yield _event(task.label, start + task.start / clock, length, process, threads, about)
            threads += 1
        start += phase.cycles / clock


def _event(name: str, start: float, length: float, process: int, thread: int, about: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "ph": "X", "ts": start, "dur": length, "pid": process, "tid": thread, "args": about}


def _name(kind: str, name: str, process: int, thread: int = 0) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}
