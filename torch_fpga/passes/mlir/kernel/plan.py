"""The plan of a phase: for each stage which streams it reads and writes, and what has to be moved before and after."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import lanes_of, port_lanes, rows_and_cols, vectors_of
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel.memory import Memories
from torch_fpga.passes.mlir.kernel.shards import Sharded, ShardPlanner
from torch_fpga.passes.mlir.kernel.streams import Fork, Load, Store, Stream, Table
from torch_fpga.passes.mlir.schedule_phases import FLOW, source_of_operand, view_of_operand
from torch_fpga.passes.mlir.shard import blocks_of
from torch_fpga.stages import STAGES, Stage
from torch_fpga.targets.kernel import KernelOptions


@dataclasses.dataclass
class Plan:
    """A stage of a phase. It is written in the order of the fields from ``loads`` on, the task before ``forks``.

    Attributes:
        op: the stage, or a map.
        stage: what is known of it; None for a map.
        inputs: what the task is given for each operand; of a sharded stage its blocks' streams count instead.
        outputs: a stream for each result.
        loads: loads of operands that come from memory, by the operand.
        sharded: how it works on blocks of rows, if it does.
        forks: results that several read, or nobody.
        stores: results that go to memory.
    """

    op: ir.OpView
    stage: Stage | None
    inputs: list[Stream | Table] = dataclasses.field(default_factory=list)
    outputs: list[Stream] = dataclasses.field(default_factory=list)
    loads: dict[int, Load] = dataclasses.field(default_factory=dict)
    sharded: Sharded | None = None
    forks: list[Fork] = dataclasses.field(default_factory=list)
    stores: list[Store] = dataclasses.field(default_factory=list)


class PhasePlan:
    """The stages of a phase in order, and all streams between them."""

    def __init__(self, memories: Memories, options: KernelOptions, stages: list[ir.OpView]) -> None:
        self.memories, self.options = memories, options
        self.streams: list[Stream] = []
        self._shards = ShardPlanner(memories, options, self._array)
        self._readers: dict[ir.Value, list[Stream]] = defaultdict(list)
        self.plans = [self._reading(op) for op in stages]
        for plan in self.plans:
            self._add_writes(plan)

    def _stream(self, name: str, element: ir.Type, width: int, vectors: int, least: int = 1) -> Stream:
        stream = Stream(self.memories.names.unique(f"{name}_stream"), element, width, vectors, least)
        self.streams.append(stream)
        return stream

    def _array(self, name: str, element: ir.Type, width: int, vectors: list[int], least: int = 1) -> list[Stream]:
        array = self.memories.names.unique(f"{name}_stream")
        streams = [
            Stream(f"{array}[{place}]", element, width, count, least, array, place)
            for place, count in enumerate(vectors)
        ]
        self.streams += streams
        return streams

    def _reading(self, op: ir.OpView) -> Plan:
        plan, flows = Plan(op, STAGES.of(op)), mem.ints(op.attributes["flow"])
        if (blocks := blocks_of(op)) is None:
            plan.inputs = [self._input(plan, *each) for each in zip(range(len(flows)), op.operands, flows, strict=True)]
        elif plan.stage and plan.stage.sharding and plan.stage.sharding.starts:
            vector = self._input(plan, 1, op.operands[1], flows[1])
            assert isinstance(vector, Stream)
            plan.sharded = self._shards.start(op, blocks, vector)
        else:
            plan.sharded = self._shards.follow(op, blocks, plan.stage)
        return plan

    def _input(self, plan: Plan, position: int, value: ir.Value, flow: int) -> Stream | Table:
        """The stream an operand arrives in, or the memory in which it is read at random."""
        base, _ = source_of_operand(value)
        rows, cols = rows_and_cols(mem.shape(value))
        name, element, lanes = self.memories.name_of(base), mem.element(value), self.options.lanes
        if flow != FLOW["memory"]:
            vectors = vectors_of(value, lanes)
            least = vectors if flow == FLOW["whole"] else 1
            stream = self._stream(name, element, lanes_of(cols, lanes), vectors, least)
            self._readers[base].append(stream)
            return stream
        memory, view = self.memories.of[base], view_of_operand(value)
        if plan.stage and position in plan.stage.at_random:
            return Table(memory, view)
        wide = plan.stage is not None and position in plan.stage.at_port_width
        width = port_lanes(element, cols, self.options.port_bits) if wide else lanes_of(cols, lanes)
        stream = self._stream(name, element, width, rows * -(-cols // width))
        plan.loads[position] = Load(memory, view, stream, name)
        return stream

    def _add_writes(self, plan: Plan) -> None:
        if plan.sharded and not plan.sharded.joined:
            return  # what reads the result reads it block by block
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
