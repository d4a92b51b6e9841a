"""The plan of a chain of stages that ``shard`` split: for each block of rows the streams between the chain's tasks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import lanes_of, port_lanes, rows_and_cols
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel.memory import Memories, Memory
from torch_fpga.passes.mlir.kernel.streams import Broadcast, Stream
from torch_fpga.passes.mlir.schedule_phases import source_of_operand
from torch_fpga.sharding import Blocks
from torch_fpga.stages import Stage
from torch_fpga.targets.kernel import KernelOptions

CHUNK = 512
"""Vectors of scalars that are read before the rows they belong to: 32 KiB, and as deep as a block RAM is."""


@dataclasses.dataclass
class BlockLoad:
    """A block of a matrix's rows to a stream of its own, and scalars of each row that the chain needs."""

    memory: Memory
    stream: Stream
    scalars: Memory | None = None
    scalar_stream: Stream | None = None
    scalars_a_row: int = 1


@dataclasses.dataclass
class BlockTask:
    """The task of a stage for one block: a stream for each operand, a stream for each result."""

    inputs: list[Stream]
    outputs: list[Stream]


@dataclasses.dataclass
class Sharded:
    """A stage that works on blocks of rows.

    Attributes:
        blocks: of how many rows.
        cols: of the chain's matrix.
        loads: of the chain's matrix, one a block.
        vector: where the chain begins: what each block needs.
        tasks: one a block.
        joined: the results leave the blocks here; else the next stage takes them.
    """

    blocks: Blocks
    cols: int
    loads: list[BlockLoad]
    vector: Broadcast | None
    tasks: list[BlockTask]
    joined: bool


class ShardPlanner:
    """Plans the stages of chains in order.

    ``array`` makes a stream for each block: name, element, lanes, vectors of each, least depth of all.
    """

    def __init__(self, memories: Memories, options: KernelOptions, array: Callable[..., list[Stream]]) -> None:
        self._memories, self._options, self._array = memories, options, array
        self._before: dict[ir.Value, Sharded] = {}

    def start(self, op: ir.OpView, blocks: Blocks, vector: Stream, beside: frozenset[int]) -> Sharded:
        """A product: for each block a load, of scalars ``beside`` the matrix too, and a copy of the ``vector``."""
        matrix = op.operands[0]
        base, _ = source_of_operand(matrix)
        element, cols = mem.element(matrix), mem.shape(matrix)[2]
        width = port_lanes(element, cols, self._options.port_bits)
        name, memory = self._memories.name_of(base), self._memories.of[base]
        vectors = [blocks.times * blocks.size(b) * cols // width for b in range(blocks.count)]
        rows = self._array(name, element, width, vectors)
        copies = self._array("vector", vector.element, vector.width, [vector.vectors] * blocks.count)
        broadcast = Broadcast(vector, copies, "vector", vector.vectors)
        loads = [BlockLoad(memory, stream) for stream in rows]
        scalars = []
        for value in (op.operands[i] for i in beside):
            a_row = mem.shape(value)[2]
            lanes = port_lanes(mem.element(value), a_row, self._options.port_bits)
            scalars.append(self._scalars(loads, source_of_operand(value)[0], blocks, lanes, a_row))
        return self._planned(op, blocks, cols, loads, broadcast, [rows, copies, *scalars], None)

    def follow(self, op: ir.OpView, blocks: Blocks, stage: Stage | None) -> Sharded:
        """A stage that takes what each block gave; a map (None) may take a scalar a row from memory beside it."""
        before = next(
            self._before[base] for value in op.operands if (base := source_of_operand(value)[0]) in self._before
        )
        inputs = []
        for value in op.operands:
            base, _ = source_of_operand(value)
            if base in self._before:
                inputs.append([task.outputs[0] for task in before.tasks])
            else:
                inputs.append(self._scalars(before.loads, base, blocks, self._options.lanes))
        return self._planned(op, blocks, before.cols, before.loads, None, inputs, stage)

    def _scalars(
        self, loads: list[BlockLoad], base: ir.Value, blocks: Blocks, width: int, a_row: int = 1
    ) -> list[Stream]:
        memory = self._memories.of[base]
        once = [-(-blocks.size(b) * a_row // width) for b in range(blocks.count)]
        vectors = [blocks.times * count for count in once]
        streams = self._array(memory.name, memory.element, width, vectors, min(max(once), CHUNK))
        for load, stream in zip(loads, streams, strict=True):
            load.scalars, load.scalar_stream, load.scalars_a_row = memory, stream, a_row
        return streams

    def _planned(
        self,
        op: ir.OpView,
        blocks: Blocks,
        cols: int,
        loads: list[BlockLoad],
        vector: Broadcast | None,
        inputs: list[list[Stream]],
        stage: Stage | None,
    ) -> Sharded:
        joined = len(op.results) > 1 or not _is_sharded(_reader(op.results[0]))
        outputs = [self._results(value, blocks, stage, joined) for value in op.results]
        tasks = [BlockTask([way[b] for way in inputs], [way[b] for way in outputs]) for b in range(blocks.count)]
        planned = Sharded(blocks, cols, loads, vector, tasks, joined)
        if not joined:
            self._before[op.results[0]] = planned
        return planned

    def _results(self, value: ir.Value, blocks: Blocks, stage: Stage | None, joined: bool) -> list[Stream]:
        """A stream for each block's results; what is joined row by row waits in it for its turn."""
        name, element = self._memories.called[value], mem.element(value)
        rows, cols = rows_and_cols(mem.shape(value))
        if stage is not None and stage.sharding is not None and stage.sharding.join is not None:
            best = [blocks.times * min(blocks.size(b), cols) for b in range(blocks.count)]
            return self._array(name, element, 1, best)
        width = lanes_of(cols, self._options.lanes)
        if rows > blocks.times and cols % width:
            width = 1  # a row of the result may end inside a vector
        once = [-(-blocks.size(b) // width) for b in range(blocks.count)]
        vectors = [blocks.times * count for count in once]
        return self._array(name, element, width, vectors, max(once) if joined else 1)


def _reader(value: ir.Value) -> ir.OpView | None:
    """What reads a value first, through a view or not."""
    reader = next((use.owner for use in value.uses), None)
    return _reader(reader.res) if isinstance(reader, mem.ViewOp) else reader


def _is_sharded(op: ir.OpView | None) -> bool:
    return op is not None and "blocks" in op.attributes
