"""What the tasks of a phase state of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir, line_of
from torch_fpga.errors import InternalError
from torch_fpga.stages import STAGES
from torch_fpga.stages.common.cost import Cost
from torch_fpga.stages.common.stage import Task
from torch_fpga.targets.chip import Chip


def costs_of(phase: hls.PhaseOp, chip: Chip) -> Iterator[tuple[Any, Task, Cost]]:
    """Each task of a phase with what it costs. Raises InternalError naming the user's line where one states nothing."""
    for op in phase.body.blocks[0].operations:
        if isinstance(op, hls.StreamOp):
            continue
        task = STAGES.task(op)
        if task is None:
            raise InternalError(f"no stage says what {op.operation.name} costs", source=line_of(op.location))
        try:
            yield op, task, task.cost(op, chip)
        except InternalError as error:
            error.stamp(op=f'"{op.label.value}" ({task.template})', source=line_of(op.location))
            raise


def operands(op: Any, name: str) -> list[ir.Value]:
    """The operands of a task by name: one, several, or none where it is optional."""
    value = getattr(op, name)
    if value is None:
        return []
    return [value] if isinstance(value, ir.Value) else list(value)
