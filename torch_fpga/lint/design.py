"""A kernel of the ``hls`` dialect as rules look at it: tasks with what they read and write, and what they cost."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir, line_of
from torch_fpga.errors import InternalError
from torch_fpga.stages import STAGES, Task
from torch_fpga.stages.common.cost import Access, Cost, Loop
from torch_fpga.targets.chip import Chip


@dataclasses.dataclass(frozen=True, eq=False)
class Move:
    """A kind of access that a task makes to a port.

    Attributes:
        port: the port.
        access: the access.
        loop: the loop that makes it.
        times: how often the loop is entered.
    """

    port: Any
    access: Access
    loop: Loop
    times: float

    @property
    def bytes(self) -> float:
        """In all."""
        return self.times * self.loop.trips * self.access.count * self.access.bits / 8


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """A task.

    Attributes:
        op: of the dialect.
        phase: the number of its phase.
        task: how it is printed.
        cost: what it costs.
        operands: its streams, ports and buffers by the names of its operands.
    """

    op: Any
    phase: int
    task: Task
    cost: Cost
    operands: dict[str, tuple[ir.Value, ...]]

    @property
    def label(self) -> str:
        return str(self.op.label.value)

    @property
    def source(self) -> str:
        return line_of(self.op.location)

    @property
    def read_names(self) -> set[str]:
        return {name for loop, _ in self.cost.each_loop() for name in (*loop.reads, *loop.reads_before)}

    @property
    def write_names(self) -> set[str]:
        return {name for loop, _ in self.cost.each_loop() for name in (*loop.writes, *loop.writes_after)}

    @property
    def reads(self) -> list[ir.Value]:
        """The streams that it reads, in the order of the operands."""
        names = self.read_names
        return [value for name, values in self.operands.items() if name in names for value in values]

    @property
    def writes(self) -> list[ir.Value]:
        """The streams that it writes."""
        names = self.write_names
        return [value for name, values in self.operands.items() if name in names for value in values]

    @property
    def memories(self) -> list[Any]:
        """The ports and buffers that it accesses."""
        values = (value for each in self.operands.values() for value in each)
        return [value.owner for value in values if isinstance(value.owner, (hls.PortOp, hls.BufferOp))]

    @property
    def stores(self) -> bool:
        """Whether it writes to its memory; it reads it otherwise."""
        return isinstance(self.op, (hls.StoreRowsOp, hls.StoreVectorsOp, hls.StoreStridedOp))

    def name_of(self, stream: ir.Value) -> str:
        """The operand that a stream is."""
        return next(name for name, values in self.operands.items() if stream in values)

    def moves(self) -> Iterator[Move]:
        """What it moves through ports, which buffers are not."""
        for loop, times in self.cost.each_loop():
            for access in loop.memory:
                (value,) = self.operands[access.port]
                if isinstance(value.owner, hls.PortOp):
                    yield Move(value.owner, access, loop, times)

    @property
    def lanes(self) -> int:
        """Of its widest stream; 0 if it has none."""
        return max((stream.type.lanes for stream in (*self.reads, *self.writes)), default=0)


class Design:
    """A kernel.

    Attributes:
        kernel: the op.
        ports: its ports.
        buffers: its buffers.
        phases: the tasks of each phase, in order.
        streams: all streams, in order.
    """

    def __init__(self, kernel: hls.KernelOp, chip: Chip) -> None:
        self.kernel = kernel
        operations = list(kernel.body.blocks[0].operations)
        self.ports = [op for op in operations if isinstance(op, hls.PortOp)]
        self.buffers = [op for op in operations if isinstance(op, hls.BufferOp)]
        inside = [list(op.body.blocks[0].operations) for op in operations if isinstance(op, hls.PhaseOp)]
        self.streams = [op for each in inside for op in each if isinstance(op, hls.StreamOp)]
        self.phases = [
            [_node(op, number, chip) for op in each if not isinstance(op, hls.StreamOp)]
            for number, each in enumerate(inside)
        ]

    @property
    def nodes(self) -> list[Node]:
        return [node for phase in self.phases for node in phase]

    def slowest(self, phase: int) -> float:
        """Cycles of the longest task of a phase."""
        return max((node.cost.cycles for node in self.phases[phase]), default=math.inf)


def _node(op: Any, phase: int, chip: Chip) -> Node:
    task = STAGES.task(op)
    if task is None:
        raise InternalError(f"{op.operation.name} is no task of a stage, so nobody knows what it costs")
    cost = task.cost(op, chip)
    if not isinstance(cost, Cost):
        raise InternalError(f"{task.name} states no cost")
    node = Node(op, phase, task, cost, _operands(op))
    known = node.read_names | node.write_names
    for name, values in node.operands.items():
        if name not in known and any(isinstance(value.owner, hls.StreamOp) for value in values):
            raise InternalError(f"the cost of {task.name} does not say whether it reads or writes the stream {name}")
    return node


def _operands(op: Any) -> dict[str, tuple[ir.Value, ...]]:
    found = {}
    for name in type(op).__annotations__:
        value = getattr(op, name)
        if isinstance(value, ir.Value):
            found[name] = (value,)
        elif isinstance(value, ir.OpOperandList):
            found[name] = tuple(value)
    return found
