"""The judgement of one kernel: its cycles, its resources, and what of the memory's speed it reaches."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from torch_fpga.dialects.mlir import ir
from torch_fpga.model.closed_form import KernelTime, kernel_time
from torch_fpga.model.memory import Channel
from torch_fpga.model.resources import Resources, kernel_resources, total
from torch_fpga.targets.chip import load_chip
from torch_fpga.targets.model import Fpga


@dataclasses.dataclass(frozen=True)
class Design:
    """What a kernel is estimated to cost on a card.

    Attributes:
        time: its cycles, phase by phase.
        parts: its resources by name: tasks, FIFOs, buffers, ports.
        clock_mhz: of the card.
        bandwidth_gb_per_s: of all memory channels of the card.
    """

    time: KernelTime
    parts: Mapping[str, Resources]
    clock_mhz: float
    bandwidth_gb_per_s: float

    @property
    def microseconds(self) -> float:
        """Time in the kernel, without the launch."""
        return self.time.cycles / self.clock_mhz

    @property
    def resources(self) -> Resources:
        return total(self.parts.values())

    @property
    def memory_share(self) -> float:
        """Of the bandwidth of the card's memory, what the kernel reaches while it runs; between 0 and 1."""
        return self.time.bytes / (self.microseconds * self.bandwidth_gb_per_s * 1e3) if self.time.cycles else 0.0

    @property
    def binds(self) -> str:
        """What the kernel would have to do faster, in words."""
        task = self.time.binding
        if task.memory >= task.alone:
            return f'"{task.label}": its memory channel'
        loop, entries = max(task.cost.each_loop(), key=lambda each: each[1] * each[0].cycles)
        waits = entries * (loop.cycles - loop.ii * loop.trips)
        if loop.ii > 1 and loop.ii * loop.trips * entries >= waits:
            return f'"{task.label}", loop {loop.label}, II = {loop.ii}: {loop.why}'
        if waits > loop.ii * loop.trips * entries:
            each = loop.depth + loop.after
            return f'"{task.label}", loop {loop.label}: {entries:,.0f} entries, {each} cycles to fill and drain each'
        return f'"{task.label}", loop {loop.label}: one iteration a cycle'


def judged(module: ir.Module, target: Fpga, family: str) -> Design:
    """Judges the one kernel of ``module``, after the last pass."""
    chip, kernel = load_chip(family), module.body.operations[0]
    time = kernel_time(kernel, chip, Channel.of(target))
    return Design(time, kernel_resources(kernel, chip), target.clock_mhz, target.bandwidth_gb_per_s)
