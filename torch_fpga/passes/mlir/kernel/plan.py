"""The plan of a phase: for each stage which streams it reads and writes, and what has to be moved before and after."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import bytes_of, lanes_of, port_lanes, rows_and_cols, vectors_of
from torch_fpga.dialects.mlir import ir
from torch_fpga.interleaving import interleaved
from torch_fpga.passes.mlir.kernel.memory import Memories, Memory
from torch_fpga.passes.mlir.schedule_phases import FLOW, source_of_operand
from torch_fpga.stages import STAGES, Stage
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View


@dataclasses.dataclass
class Stream:
    """A stream; ``whole`` is one that holds all of its vectors at once, ``op`` is set when it is written."""

    name: str
    element: ir.Type
    width: int
    vectors: int
    whole: bool = False
    op: ir.Value | None = None


@dataclasses.dataclass(frozen=True)
class Table:
    """An operand that is read at random where it lies."""

    memory: Memory
    view: View


@dataclasses.dataclass(frozen=True)
class Load:
    """Memory to stream."""

    memory: Memory
    view: View
    stream: Stream
    name: str


@dataclasses.dataclass(frozen=True)
class Store:
    """Stream to memory."""

    stream: Stream
    memory: Memory
    view: View


@dataclasses.dataclass(frozen=True)
class Fork:
    """One stream to several readers; to no reader at all it drains it."""

    source: Stream
    readers: list[Stream]
    name: str
    vectors: int


@dataclasses.dataclass(frozen=True)
class Channel:
    """The share of one memory channel in an interleaved matrix: its rows, and the streams of its own task."""

    rows: int
    matrix: Stream
    vectors: Stream
    results: Stream


@dataclasses.dataclass(frozen=True)
class Interleaved:
    """A matrix that is read over several channels at once: a load and a task each, and a merge in the order of rows."""

    memory: Memory
    name: str
    cols: int
    channels: list[Channel]
    vectors: Fork


@dataclasses.dataclass
class Plan:
    """A stage of a phase. It is written in the order of the fields from ``loads`` on, the task before ``forks``.

    Attributes:
        op: the stage, or a map.
        stage: what is known of it; None for a map.
        inputs: what the task is given for each operand; of an interleaved stage the channels' streams count instead.
        outputs: a stream for each result.
        loads: loads of operands that come from memory, by the operand.
        interleaved: how the first operand is read if it is interleaved.
        forks: results that several read, or nobody.
        stores: results that go to memory.
    """

    op: ir.OpView
    stage: Stage | None
    inputs: list[Stream | Table] = dataclasses.field(default_factory=list)
    outputs: list[Stream] = dataclasses.field(default_factory=list)
    loads: dict[int, Load] = dataclasses.field(default_factory=dict)
    interleaved: Interleaved | None = None
    forks: list[Fork] = dataclasses.field(default_factory=list)
    stores: list[Store] = dataclasses.field(default_factory=list)


class PhasePlan:
    """The stages of a phase in order, and all streams between them."""

    def __init__(self, memories: Memories, options: KernelOptions, stages: list[ir.OpView]) -> None:
        self.memories, self.options = memories, options
        self.streams: list[Stream] = []
        self._readers: dict[ir.Value, list[Stream]] = defaultdict(list)
        self.plans = [self._reading(op) for op in stages]
        for plan in self.plans:
            self._add_writes(plan)

    def _stream(self, name: str, element: ir.Type, width: int, vectors: int, whole: bool = False) -> Stream:
        stream = Stream(self.memories.names.unique(f"{name}_stream"), element, width, vectors, whole)
        self.streams.append(stream)
        return stream

    def _reading(self, op: ir.OpView) -> Plan:
        plan = Plan(op, STAGES.of(op))
        for position, (value, flow) in enumerate(zip(op.operands, mem.ints(op.attributes["flow"]), strict=True)):
            plan.inputs.append(self._input(plan, position, value, flow))
        if self._is_interleaved(plan):
            self._interleave(plan)
        return plan

    def _input(self, plan: Plan, position: int, value: ir.Value, flow: int) -> Stream | Table:
        """The stream an operand arrives in, or the memory in which it is read at random."""
        base, _ = source_of_operand(value)
        rows, cols = rows_and_cols(mem.shape(value))
        name, element, lanes = self.memories.name_of(base), mem.element(value), self.options.lanes
        if flow != FLOW["memory"]:
            whole = flow == FLOW["whole"]
            stream = self._stream(name, element, lanes_of(cols, lanes), vectors_of(value, lanes), whole)
            self._readers[base].append(stream)
            return stream
        memory, view = self.memories.of[base], _view_of_operand(value)
        if plan.stage and position in plan.stage.at_random:
            return Table(memory, view)
        wide = plan.stage is not None and position in plan.stage.at_port_width
        width = port_lanes(element, cols, self.options.port_bits) if wide else lanes_of(cols, lanes)
        stream = self._stream(name, element, width, rows * -(-cols // width))
        plan.loads[position] = Load(memory, view, stream, name)
        return stream

    def _is_interleaved(self, plan: Plan) -> bool:
        """The first operand is a matrix in an input, which the stage can work on row by row."""
        if plan.stage is None or plan.stage.lower_rows is None or self.options.interleave_channels == 1:
            return False
        matrix, vectors = plan.op.operands
        base, _ = source_of_operand(matrix)
        memory = self.memories.of.get(base)
        if memory is None or memory.role != "in":
            return False
        return interleaved(_view_of_operand(matrix), mem.shape(vectors)[1], bytes_of(memory.element))

    def _interleave(self, plan: Plan) -> None:
        """Puts the channels' streams in place of the one stream of the matrix."""
        op, load, vectors = plan.op, plan.loads.pop(0), plan.inputs[1]
        assert isinstance(vectors, Stream)
        self.streams.remove(load.stream)
        _, rows, cols = mem.shape(op.operands[0])
        count = self.options.interleave_channels
        shares = [len(range(channel, rows, count)) for channel in range(count)]
        width, element = load.stream.width, load.memory.element
        result, called = mem.element(op.results[0]), self.memories.called[op.results[0]]
        matrices = [self._stream(load.name, element, width, n * -(-cols // width)) for n in shares]
        copies = [self._stream("vector", vectors.element, vectors.width, vectors.vectors) for _ in shares]
        results = [self._stream(called, result, 1, n) for n in shares]
        channels = [Channel(*parts) for parts in zip(shares, matrices, copies, results, strict=True)]
        fork = Fork(vectors, copies, "vector", vectors.vectors)
        plan.interleaved = Interleaved(load.memory, load.name, cols, channels, fork)

    def _add_writes(self, plan: Plan) -> None:
        for result in plan.op.results:
            _, cols = rows_and_cols(mem.shape(result))
            name, lanes = self.memories.called[result], self.options.lanes
            kind = (name, mem.element(result), lanes_of(cols, lanes), vectors_of(result, lanes))
            readers = self._readers[result]
            for memory, view in self.memories.stores[result]:
                stream = self._stream(*kind)
                readers.append(stream)
                plan.stores.append(Store(stream, memory, view))
            if len(readers) == 1:
                plan.outputs.append(readers[0])
            else:
                trunk = self._stream(*kind)
                plan.outputs.append(trunk)
                plan.forks.append(Fork(trunk, readers, name, trunk.vectors))


def _view_of_operand(value: ir.Value) -> View:
    """Where an operand lies in what it reads."""
    base, _ = source_of_operand(value)
    return View.whole(mem.shape(value)) if base == value else mem.view_of(value.owner)
