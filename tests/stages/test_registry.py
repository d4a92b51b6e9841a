"""Every stage is whole: its ops, its tasks, their templates in hls_lib, and what the passes ask of it."""

from __future__ import annotations

import dataclasses
import pkgutil
import re
import typing
from pathlib import Path

import pytest

import torch_fpga.stages
from torch_fpga.dialects.mlir import ir
from torch_fpga.errors import InternalError
from torch_fpga.ops import OPS
from torch_fpga.passes.mlir.torch_to_mem import STRUCTURE
from torch_fpga.stages import STAGES, Stage
from torch_fpga.stages.common.moves import MOVES
from torch_fpga.stages.common.registry import Registry

HEADERS = Path(__file__).parents[2] / "hls_lib/include/hls_lib"
ALL = list(STAGES)
each_stage = pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.name)


def _named(name: str) -> Stage:
    return next(stage for stage in ALL if stage.name == name)


def test_every_module_of_the_room_is_a_stage() -> None:
    modules = [found.name for found in pkgutil.iter_modules(torch_fpga.stages.__path__) if not found.ispkg]
    assert [f"mem.{name}" for name in modules] == [stage.name for stage in ALL]


@pytest.mark.parametrize(
    "other",
    [
        lambda a, b: dataclasses.replace(b, op=a.op),
        lambda a, b: dataclasses.replace(b, tasks=(*b.tasks, *a.tasks)),
        lambda a, b: dataclasses.replace(b, builders=a.builders),
    ],
    ids=["op", "task", "builder"],
)
def test_a_name_twice_is_an_error(other) -> None:
    a, b = _named("mem.softmax"), _named("mem.cumsum")
    Registry([a, b])
    with pytest.raises(InternalError, match="softmax"):
        Registry([a, other(a, b)])


@each_stage
def test_a_stage_has_every_field(stage: Stage) -> None:
    assert stage.name.startswith("mem.")
    assert stage.op.__doc__
    assert stage.tasks
    assert callable(stage.in_blocks.lower if stage.in_blocks else stage.lower)
    for task in stage.tasks:
        assert task.name.startswith("hls.")
        assert task.op.__doc__
        assert callable(task.parameters)
        assert callable(task.arguments)


@pytest.mark.parametrize(
    "task", [*MOVES, *(task for stage in ALL for task in stage.tasks)], ids=lambda task: task.template
)
def test_a_task_has_a_template_in_hls_lib(task) -> None:
    text = (HEADERS / task.header).read_text()
    assert re.search(rf"^(class|struct|void) {task.template}\b", text, re.MULTILINE), task.header
    assert f'#include "{task.header}"' in (HEADERS / "hls_lib.hpp").read_text()


def test_what_rows_call_a_stage_is_a_builder_or_structure() -> None:
    called = {row.stage for row in OPS.values()} - {"composite"}  # taken apart before
    built = {name for stage in ALL for name in stage.builders}
    assert not built & set(STRUCTURE)
    assert called == built | set(STRUCTURE)


def _operands(op: type) -> int:
    """How many operands an op may have."""
    kinds = [(kind, *typing.get_args(kind)) for kind in op.__annotations__.values()]
    return sum(any(ir.Value in (part, typing.get_origin(part)) for part in parts) for parts in kinds)


@each_stage
def test_traits_name_operands_there_are(stage: Stage) -> None:
    operands = set(range(_operands(stage.op)))
    for trait in ("at_random", "in_bursts", "widens", "at_port_width"):
        assert getattr(stage, trait) <= operands, trait
    assert stage.in_blocks is None or (0 in stage.in_blocks.operands and stage.in_blocks.operands <= operands)
    assert stage.in_bursts <= stage.at_random, "a burst is read at a place that an index gives"
    assert not stage.at_random & stage.widens, "what is read at random is no stream that could be narrower"


@each_stage
def test_who_reads_at_random_reads_memory(stage: Stage) -> None:
    assert all(task.reads_memory == bool(stage.at_random) for task in stage.tasks)


def test_traits_of_stages() -> None:
    def names(trait: str) -> set[str]:
        return {stage.name.removeprefix("mem.") for stage in ALL if getattr(stage, trait)}

    assert names("packs") == {"int4_product", "reduce", "matmul"}
    assert names("at_random") == {"gather_rows", "gather_elements"}
    assert names("in_bursts") == {"gather_rows"}
    assert names("widens") == {"matmul", "row_sum"}
    assert names("sums") == {"matmul", "row_sum"}
    assert names("sharding") == {"int4_product", "matmul", "topk"}
    assert names("in_blocks") == {"attention"}
