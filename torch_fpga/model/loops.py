"""The loops of a task as the solver of cycle logs is given them."""

from __future__ import annotations

import math

from torch_fpga.report.design import LoopReport
from torch_fpga.stages.common.cost import Cost, Loop, Repeat
from torch_fpga.targets.chip import Chip


def loop_reports(cost: Cost, chip: Chip) -> list[LoopReport]:
    """Every loop of a task, each label once: equal labels are one loop of the C++."""
    found: dict[str, LoopReport] = {}
    for part in cost.loops:
        for loop, pauses in _paused(part, outermost=True):
            found.setdefault(loop.label, _report(loop, pauses, chip))
    return list(found.values())


def _report(loop: Loop, pauses: list[int], chip: Chip) -> LoopReport:
    ports = [access for access in loop.memory if not access.on_chip]
    if not ports:
        return LoopReport(loop.label, loop.ii, loop.depth, loop.after, pauses=pauses)
    moved = ports[0]
    # The solver knows when the last of an iteration's accesses is through.
    depth = loop.depth - chip.memory_latency - (moved.count - 1)
    bursts, beat = moved.burst_bytes > 0, moved.bits // 8
    return LoopReport(loop.label, loop.ii, depth, loop.after, bursts, beat, moved.at_once, pauses)


def _paused(part: Loop | Repeat, outermost: bool = False) -> list[tuple[Loop, list[int]]]:
    """The loops of a part, with the entries behind which an outer loop takes a cycle to go on."""
    if isinstance(part, Loop):
        return [(part, [] if outermost else [1])]
    inner = [pair for each in part.body for pair in _paused(each)]
    if not outermost and inner:
        loop, pauses = inner[-1]
        inner[-1] = loop, [*pauses, math.ceil(_entries(part))]
    return inner


def _entries(part: Loop | Repeat) -> float:
    """Of the last loop of a part, in one run of it."""
    return part.trips * _entries(part.body[-1]) if isinstance(part, Repeat) else 1
