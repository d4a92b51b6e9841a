"""The stages by what they are asked for: the mem op, the hls task, the name in a row of the op table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.errors import InternalError
from torch_fpga.stages.common.moves import MOVES
from torch_fpga.stages.common.stage import Build, Stage, Task


class Registry:
    """All stages. Raises InternalError for two of the same name: of an op, a task or a builder."""

    def __init__(self, stages: Iterable[Stage]) -> None:
        self._stages: dict[str, Stage] = {}
        self._tasks: dict[str, Task] = {}
        self._builders: dict[str, Build] = {}
        for task in MOVES:
            _add(self._tasks, task.name, task)
        for stage in stages:
            _add(self._stages, stage.name, stage)
            for task in stage.tasks:
                _add(self._tasks, task.name, task)
            for name, build in stage.builders.items():
                _add(self._builders, name, build)

    def __iter__(self) -> Iterator[Stage]:
        return iter(self._stages.values())

    def of(self, op: Any) -> Stage | None:
        """The stage of a mem op; None for an op that gives structure, and for ops of other dialects."""
        return self._stages.get(op.operation.name)

    def becomes_task(self, op: Any) -> bool:
        """True for stages and maps; views and joins only say where tasks read and write."""
        return isinstance(op, mem.MapOp) or self.of(op) is not None

    def task(self, op: Any) -> Task | None:
        """How an hls op is printed and what it costs; None for one that is no task."""
        return self._tasks.get(op.operation.name)

    def builder(self, name: str) -> Build | None:
        """How calls become the stage that rows of the op table call ``name``; None if no stage is called so."""
        return self._builders.get(name)


def _add(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise InternalError(f"two stages are called {name}")
    table[name] = value
