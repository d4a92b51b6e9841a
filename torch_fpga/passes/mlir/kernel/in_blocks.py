"""The plan of a stage that works in blocks, with several tasks each: what each block reads, and its streams between."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import port_lanes
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel.memory import Memories, Memory
from torch_fpga.passes.mlir.kernel.streams import Broadcast, Stream
from torch_fpga.passes.mlir.schedule_phases import source_of_operand
from torch_fpga.sharding import Blocks
from torch_fpga.stages.common.stage import InBlocks
from torch_fpga.targets.kernel import KernelOptions


@dataclasses.dataclass(frozen=True)
class RowsLoad:
    """A block of an operand's rows of ``cols`` elements to a stream of its own."""

    memory: Memory
    stream: Stream
    cols: int


@dataclasses.dataclass
class BlockPlan:
    """What a block is given: a stream for each operand, loads of those that it reads itself, streams by name."""

    inputs: list[Stream]
    loads: list[RowsLoad]
    between: dict[str, Stream]


@dataclasses.dataclass
class InBlocksPlan:
    """A stage in blocks: copies of what goes to all of them, and each block."""

    how: InBlocks
    blocks: Blocks
    copies: list[Broadcast]
    each: list[BlockPlan]


Whole = Callable[[int], Stream]
"""The stream of a whole operand, by its position."""


def plan_in_blocks(
    op: ir.OpView,
    how: InBlocks,
    blocks: Blocks,
    whole: Whole,
    array: Callable[..., list[Stream]],
    memories: Memories,
    options: KernelOptions,
) -> InBlocksPlan:
    """Plans an op; ``array`` makes a stream for each block: name, element, lanes, vectors of each, least depth."""
    planned = InBlocksPlan(how, blocks, [], [BlockPlan([], [], {}) for _ in range(blocks.count)])
    for position, value in enumerate(op.operands):
        base, _ = source_of_operand(value)
        name = memories.name_of(base)
        if blocks.count == 1:
            streams = [whole(position)]
        elif position in how.operands:
            element, cols = mem.element(value), mem.shape(value)[-1]
            width = port_lanes(element, cols, options.port_bits)
            vectors = [blocks.size(b) * cols // width for b in range(blocks.count)]
            streams = array(name, element, width, vectors)
            for block, stream in zip(planned.each, streams, strict=True):
                block.loads.append(RowsLoad(memories.of[base], stream, cols))
        else:
            source = whole(position)
            streams = array(name, source.element, source.width, [source.vectors] * blocks.count)
            planned.copies.append(Broadcast(source, streams, name, source.vectors))
        for block, stream in zip(planned.each, streams, strict=True):
            block.inputs.append(stream)
    for name, kind in how.between(op, blocks, options.lanes).items():
        streams = array(name, kind.element, kind.lanes, kind.vectors, kind.least)
        for block, stream in zip(planned.each, streams, strict=True):
            block.between[name] = stream
    return planned
