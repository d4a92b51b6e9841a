"""What every task of the registry states: that there is a cost, and that it speaks of the template as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir
from torch_fpga.model.costs import costs_of, operands
from torch_fpga.runtime.toolchain import library_root
from torch_fpga.stages import STAGES, context
from torch_fpga.stages.common.cost import Cost
from torch_fpga.stages.common.moves import MOVES
from torch_fpga.stages.common.stage import Task
from torch_fpga.targets.chip import load_chip

HEADERS = library_root() / "include" / "hls_lib"
TASKS = [*MOVES, *(task for stage in STAGES for task in stage.tasks)]


def _stated(family: str) -> list[tuple[Task, Cost, set[str]]]:
    """Each task of tasks.mlir, what it costs, and which names it states that its op does not have."""
    with context():
        module = ir.Module.parse((Path(__file__).parent / "tasks.mlir").read_text())
        (phase,) = [op for op in module.body.operations[0].body.blocks[0].operations if isinstance(op, hls.PhaseOp)]
        return [(task, cost, _unknown(op, cost)) for op, task, cost in costs_of(phase, load_chip(family))]


def _unknown(op: object, cost: Cost) -> set[str]:
    named = set()
    for loop, _ in cost.each_loop():
        named |= {*loop.reads, *loop.writes, *loop.reads_before, *loop.writes_after}
        named |= {access.port for access in loop.memory}
    return {name for name in named if not hasattr(op, name) or not operands(op, name)}


def _sources(header: str) -> str:
    """A header and those of its folder that it includes."""
    text = (HEADERS / header).read_text()
    included = re.findall(r'^#include "(\w+\.hpp)"', text, re.MULTILINE)
    return text + "".join(_sources(name) for name in included if (HEADERS / name).exists())


def test_every_task_stands_in_tasks_mlir() -> None:
    assert {task.name for task, _, _ in _stated("ultrascale_plus")} == {task.name for task in TASKS}


@pytest.mark.parametrize("family", ["ultrascale_plus", "versal"])
def test_every_task_takes_cycles_and_operators_that_the_chip_has(family: str) -> None:
    chip = load_chip(family)
    for task, cost, _ in _stated(family):
        assert cost.cycles > 0, task.name
        names = {*cost.operators, *(name for loop, _ in cost.each_loop() for name in loop.operators)}
        assert all(chip.operator(name).stages >= 1 for name in names), task.name


def test_loops_are_called_as_in_the_template() -> None:
    for task, cost, _ in _stated("ultrascale_plus"):
        text = _sources(task.header)
        for loop, _ in cost.each_loop():
            assert re.search(rf"^\s*{loop.label}:\n\s*for \(", text, re.MULTILINE), f"{task.name}: {loop.label}"


def test_streams_and_ports_are_called_as_the_operands_of_the_task() -> None:
    assert [(task.name, unknown) for task, _, unknown in _stated("ultrascale_plus") if unknown] == []


def test_an_interval_above_one_has_a_reason() -> None:
    for task, cost, _ in _stated("ultrascale_plus"):
        for loop, _ in cost.each_loop():
            assert (loop.ii > 1) == bool(loop.why), f"{task.name}: {loop.label}"


def test_every_loop_of_a_template_that_has_a_label_is_stated_by_some_task() -> None:
    stated = {loop.label for _, cost, _ in _stated("ultrascale_plus") for loop, _ in cost.each_loop()}
    written = {
        label
        for header in HEADERS.glob("*.hpp")
        if header.name != "commands.hpp"  # which stands around the phases of a kernel and is no task
        for label in re.findall(r"^\s*(\w+):\n\s*for \(", header.read_text(), re.MULTILINE)
    }
    assert written == stated
