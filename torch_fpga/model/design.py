"""The judgement of one kernel: its cycles, its resources, and what of the memory's speed it reaches."""

from __future__ import annotations

import dataclasses

from torch_fpga.dialects.mlir import ir
from torch_fpga.model.closed_form import KernelTime, PhaseTime, TaskTime, kernel_time
from torch_fpga.model.loops import loop_reports
from torch_fpga.model.memory import Channel
from torch_fpga.model.resources import NAMES, kernel_resources, total
from torch_fpga.report.design import DesignReport, PhaseReport, TaskReport
from torch_fpga.stages.common.cost import Loop
from torch_fpga.targets.card import load_card
from torch_fpga.targets.chip import Chip
from torch_fpga.targets.fpga import load_target


def judged(module: ir.Module, target: str, flops: float) -> DesignReport:
    """Judges the one kernel of ``module``, after the last pass, as it would run on the card ``target``.

    ``flops`` are the operations that its work takes.
    """
    card, fpga, kernel = load_card(target), load_target(target), module.body.operations[0]
    time = kernel_time(kernel, card.chip, Channel.of(fpga))
    parts = kernel_resources(kernel, card.chip)
    taken = total(parts.values())
    return DesignReport(
        known="estimated",
        cycles=time.cycles,
        closed_form=time.cycles,
        clock_mhz=fpga.clock_mhz,
        bytes=time.bytes,
        flops=flops,
        memory_gb_per_s=fpga.bandwidth_gb_per_s,
        peak_gflops=fpga.flops_per_cycle * fpga.clock_mhz / 1e3,
        memory_share=memory_share(time, fpga.clock_mhz, fpga.bandwidth_gb_per_s),
        binds=binds(time),
        resources={name: getattr(taken, name) for name in NAMES},
        parts={label: dataclasses.asdict(part) for label, part in parts.items()},
        slrs=card.slrs,
        room={name: float(count) for name, count in card.room.items()},
        phases=[_phase(phase, card.chip) for phase in time.phases],
    )


def memory_share(time: KernelTime, clock_mhz: float, gb_per_s: float) -> float:
    """Of the bandwidth of a card's memory, what a kernel reaches while it runs; between 0 and 1."""
    # 1 GB/s is 1e3 bytes a microsecond.
    return time.bytes / (time.cycles / clock_mhz * gb_per_s * 1e3) if time.cycles else 0.0


def binds(time: KernelTime) -> str:
    """What the kernel would have to do faster, in words."""
    if not time.phases:
        return "nothing: it has no phase"
    task = time.binding
    if task.memory >= task.alone:
        return f'"{task.label}": its memory channel'
    loop, entries = _hot_loop(task)
    working, waiting = loop.ii * loop.trips, loop.cycles - loop.ii * loop.trips
    if waiting > working:
        each = loop.depth + loop.after
        return f'"{task.label}", loop {loop.label}: {entries:,.0f} entries, {each} cycles to fill and drain each'
    if loop.ii > 1:
        return f'"{task.label}", loop {loop.label}, II = {loop.ii}: {loop.why}'
    return f'"{task.label}", loop {loop.label}: one iteration a cycle'


def _hot_loop(task: TaskTime) -> tuple[Loop, float]:
    """The loop of a task that takes most cycles, and how often it is entered."""
    return max(task.cost.each_loop(), key=lambda each: each[1] * each[0].cycles)


def _phase(phase: PhaseTime, chip: Chip) -> PhaseReport:
    return PhaseReport(phase.name, phase.cycles, [_task(task, chip) for task in phase.tasks])


def _task(task: TaskTime, chip: Chip) -> TaskReport:
    loop, _ = _hot_loop(task)
    waits = max(task.end - task.start - task.busy, 0.0)
    return TaskReport(
        label=task.label,
        template=task.template,
        source=task.source,
        start=task.start,
        end=task.end,
        busy=task.busy,
        bytes=task.bytes,
        ii=loop.ii,
        why=loop.why,
        stalls={"waits for its streams": waits} if waits else {},
        loops=loop_reports(task.cost, chip),
    )
