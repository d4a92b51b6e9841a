"""The plan of a phase: for each stage which streams it reads and writes, and what has to be moved before and after."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Iterator

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import lanes_of, port_lanes, rows_and_cols
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel import moves
from torch_fpga.passes.mlir.kernel.in_blocks import InBlocksPlan, plan_in_blocks
from torch_fpga.passes.mlir.kernel.memory import Memories
from torch_fpga.passes.mlir.kernel.shards import Sharded, ShardPlanner
from torch_fpga.passes.mlir.kernel.streams import Block, Broadcast, Fork, Load, Store, Stream, Table
from torch_fpga.passes.mlir.schedule_phases import FLOW, source_of_operand, view_of_operand
from torch_fpga.passes.mlir.shard import blocks_of
from torch_fpga.passes.mlir.shard_rows import kept_by, row_group_of
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
        block: which rows it works on, of a stage that is split by rows.
        loads: loads of operands that come from memory, by the operand.
        spread: copies of operands for all blocks of rows, with the first of them.
        sharded: how it works on blocks of rows, if it does.
        in_blocks: the same of a stage of several tasks a block.
        forks: results that several read, or nobody.
        stores: results that go to memory.
    """

    op: ir.OpView
    stage: Stage | None
    inputs: list[Stream | Table] = dataclasses.field(default_factory=list)
    outputs: list[Stream] = dataclasses.field(default_factory=list)
    block: Block | None = None
    loads: dict[int, Load] = dataclasses.field(default_factory=dict)
    spread: list[Broadcast] = dataclasses.field(default_factory=list)
    sharded: Sharded | None = None
    in_blocks: InBlocksPlan | None = None
    forks: list[Fork] = dataclasses.field(default_factory=list)
    stores: list[Store] = dataclasses.field(default_factory=list)


class PhasePlan:
    """The stages of a phase in order, and all streams between them."""

    def __init__(self, memories: Memories, options: KernelOptions, stages: list[ir.OpView]) -> None:
        self.memories, self.options = memories, options
        self.streams: list[Stream] = []
        self._shards = ShardPlanner(memories, options, self._array)
        self._readers: dict[tuple[ir.Value, int | None], list[Stream]] = defaultdict(list)
        self._copies: dict[tuple[ir.Value, int], list[Stream]] = {}
        self._arrays: dict[tuple[ir.Value, str], str] = {}
        self.plans = list(self._all_reading(stages))
        for plan in self.plans:
            self._add_writes(plan)

    def _all_reading(self, stages: list[ir.OpView]) -> Iterator[Plan]:
        """Plans of stages, the blocks of a group that is split by rows one after the other in the place of its last."""
        groups: dict[int, list[ir.OpView]] = defaultdict(list)
        for op in stages:
            if (group := row_group_of(op)) is not None:
                groups[group[0]].append(op)
        for op in stages:
            if (group := row_group_of(op)) is None:
                yield self._reading(op)
            elif op == groups[group[0]][-1]:
                for number in range(group[1].count):
                    yield from (self._block(member, Block(group[1], number)) for member in groups[group[0]])

    def _block(self, op: ir.OpView, block: Block) -> Plan:
        plan, flows = Plan(op, STAGES.of(op), block=block), mem.ints(op.attributes["flow"])
        for position, (value, flow) in enumerate(zip(op.operands, flows, strict=True)):
            if position in kept_by(op):
                plan.inputs.append(self._copy(plan, block, position, value, flow))
            else:
                plan.inputs.append(self._input(plan, position, value, flow, block))
        return plan

    def _copy(self, plan: Plan, block: Block, position: int, value: ir.Value, flow: int) -> Stream:
        """The block's own copy of an operand that all need."""
        copies = self._copies.setdefault((plan.op.results[0], position), [])
        if block.number == 0:
            whole = self._input(plan, position, value, flow)
            assert isinstance(whole, Stream)
            name = self.memories.name_of(source_of_operand(value)[0])
            copies.extend(self._array(name, whole.element, whole.width, [whole.vectors] * block.blocks.count))
            plan.spread.append(Broadcast(whole, copies, name, whole.vectors))
        return copies[block.number]

    def _stream(self, name: str, element: ir.Type, width: int, vectors: int, least: int = 1) -> Stream:
        stream = Stream(self.memories.names.unique(f"{name}_stream"), element, width, vectors, least)
        self.streams.append(stream)
        return stream

    def _stream_of(
        self,
        block: Block | None,
        key: tuple[ir.Value, str],
        name: str,
        element: ir.Type,
        width: int,
        vectors: int,
        least: int = 1,
    ) -> Stream:
        """A stream; of a block, its own in an array that those of equal ``key`` make."""
        if block is None:
            return self._stream(name, element, width, vectors, least)
        if key not in self._arrays:
            self._arrays[key] = self.memories.names.unique(f"{name}_stream")
        array = self._arrays[key]
        stream = Stream(f"{array}[{block.number}]", element, width, vectors, least, array, block.number)
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
        elif plan.stage and plan.stage.in_blocks:

            def whole(position: int) -> Stream:
                stream = self._input(plan, position, op.operands[position], flows[position])
                assert isinstance(stream, Stream)
                return stream

            how = plan.stage.in_blocks
            plan.in_blocks = plan_in_blocks(op, how, blocks, whole, self._array, self.memories, self.options)
        elif plan.stage and plan.stage.sharding and plan.stage.sharding.starts:
            vector = self._input(plan, 1, op.operands[1], flows[1])
            assert isinstance(vector, Stream)
            plan.sharded = self._shards.start(op, blocks, vector, plan.stage.sharding.beside)
        else:
            plan.sharded = self._shards.follow(op, blocks, plan.stage)
        return plan

    def _input(
        self, plan: Plan, position: int, value: ir.Value, flow: int, block: Block | None = None
    ) -> Stream | Table:
        """The stream an operand arrives in, or the memory in which it is read at random."""
        base, _ = source_of_operand(value)
        cols = rows_and_cols(mem.shape(value))[1]
        name, element, lanes = self.memories.name_of(base), mem.element(value), self.options.lanes
        if flow != FLOW["memory"]:
            vectors = _vectors(value, lanes_of(cols, lanes), block)
            least = vectors if flow == FLOW["whole"] else 1
            key = (plan.op.results[0], f"operand {position}")
            stream = self._stream_of(block, key, name, element, lanes_of(cols, lanes), vectors, least)
            self._readers[base, block.number if block else None].append(stream)
            return stream
        memory, view = self.memories.of[base], view_of_operand(value)
        if plan.stage and position in plan.stage.at_random:
            bursts = position in plan.stage.in_bursts and not self.options.by_elements
            return Table(memory, view, moves.table_lanes(memory, view, element, lanes) if bursts else 1)
        wide = plan.stage is not None and position in plan.stage.at_port_width
        width = port_lanes(element, cols, self.options.port_bits) if wide else lanes_of(cols, lanes)
        key = (plan.op.results[0], f"operand {position}")
        stream = self._stream_of(block, key, name, element, width, _vectors(value, width, block))
        plan.loads[position] = Load(memory, view, stream, name, block)
        return stream

    def _add_writes(self, plan: Plan) -> None:
        if plan.sharded and not plan.sharded.joined:
            return  # what reads the result reads it block by block
        for result in plan.op.results:
            _, cols = rows_and_cols(mem.shape(result))
            name, lanes = self.memories.called[result], self.options.lanes
            width = lanes_of(cols, lanes)
            kind = (name, mem.element(result), width, _vectors(result, width, plan.block))
            readers = self._readers[result, plan.block.number if plan.block else None]
            for number, (memory, view) in enumerate(self.memories.stores[result]):
                stream = self._stream_of(plan.block, (result, f"store {number}"), *kind)
                readers.append(stream)
                plan.stores.append(Store(stream, memory, view, plan.block))
            if len(readers) == 1:
                plan.outputs.append(readers[0])
            else:
                trunk = self._stream_of(plan.block, (result, "result"), *kind)
                plan.outputs.append(trunk)
                plan.forks.append(Fork(trunk, readers, name, trunk.vectors))


def _vectors(value: ir.Value, width: int, block: Block | None) -> int:
    """Vectors of so many lanes that a value makes, or a block of its rows; of a scalar a row as many fill a vector."""
    rows, cols = rows_and_cols(mem.shape(value))
    if block is None or rows == block.blocks.rows:
        return (block.rows if block else rows) * -(-cols // width)
    return block.rows * math.prod(mem.shape(value)) // block.blocks.rows // width
