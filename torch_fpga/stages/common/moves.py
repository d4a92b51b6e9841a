"""The tasks that belong to no stage: those that move data, and maps."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from torch_fpga.dialects import hls, mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.stages.common import arithmetic, spelling
from torch_fpga.stages.common.cost import Access, Cost, Loop, Repeat
from torch_fpga.stages.common.stage import Task
from torch_fpga.targets.chip import Chip

# Cycles of an access to an array on the chip: a read of it and a write to a stream, or the other way round.
_ON_CHIP = {"read": 3, "write": 2}


@dataclasses.dataclass(frozen=True)
class Memory:
    """What a task reads or writes through a pointer: operand ``port``, ``cycles`` an access."""

    port: str
    cycles: int
    on_chip: bool

    @staticmethod
    def read(op: Any, port: str, chip: Chip) -> Memory:
        """Read by a task through its operand ``port``."""
        on_chip = isinstance(getattr(op, port).owner.opview, hls.BufferOp)
        return Memory(port, _ON_CHIP["read"] if on_chip else chip.read_cycles, on_chip)

    @staticmethod
    def written(op: Any, port: str, chip: Chip) -> Memory:
        """Written by a task through its operand ``port``."""
        on_chip = isinstance(getattr(op, port).owner.opview, hls.BufferOp)
        return Memory(port, _ON_CHIP["write"] if on_chip else chip.write_cycles, on_chip)

    def access(
        self, bits: int, count: int = 1, burst_bytes: int = 0, at_once: int = 0, run_bytes: int = 0
    ) -> tuple[Access]:
        """What an iteration moves."""
        return (Access(self.port, bits, count, burst_bytes, self.on_chip, at_once, run_bytes),)


def row_loops(value: ir.Value, memory: Memory, rows: float, cols: int, aligned: bool, **ends: Any) -> Repeat:
    """Rows of contiguous columns between memory and a stream of ``value``'s type: a burst a row.

    HLS widens a port to whole vectors only if it can prove that each of them is aligned, and no other access is
    narrower; otherwise it moves an element a cycle. Structs, as bfloat16 is one, it never widens.

    Args:
        value: the stream.
        memory: what is read or written.
        rows: how many.
        cols: of a row.
        aligned: whether rows start at whole vectors.
        ends: ``reads`` or ``writes`` of the loop.
    """
    kind, width = arithmetic.element_type(value), spelling.width(value)
    wide = aligned and cols % width == 0 and kind.name != "bfloat16"
    bits, count = (8 * kind.bytes * width, 1) if wide else (8 * kind.bytes, width)
    why = "" if count == 1 else f"an element a cycle: whole vectors of {width} cannot be proven to be aligned"
    body = []
    if cols >= width:
        access = memory.access(bits, count, cols * kind.bytes)
        depth = memory.cycles + count - 1
        body.append(Loop("whole_vectors", cols // width, count, depth, why, memory=access, **ends))
    if rest := cols % width:
        access = memory.access(8 * kind.bytes, 1, rest * kind.bytes)
        # Their vector is read before they are stored, and written when they have been loaded.
        apart = {"reads_before": ends.get("reads", ()), "writes_after": ends.get("writes", ())}
        if not body:
            apart = {**ends, **apart, "reads_before": ends.get("reads", ()) + ends.get("reads_before", ())}
        apart = {name: value for name, value in apart.items() if name not in ("reads", "writes")}
        body.append(Loop("last_lanes", rest, 1, memory.cycles, memory=access, **apart))
    return Repeat(rows, tuple(body))


def vector_aligned(value: ir.Value, *elements: int) -> bool:
    """Whether so many elements, each number of them, are whole vectors of a stream."""
    return all(count % spelling.width(value) == 0 for count in elements)


def _load_rows(op: hls.LoadRowsOp, chip: Chip) -> Cost:
    offset, rows, cols, row_stride = spelling.sizes(op, "offset", "rows", "cols", "row_stride")
    aligned = vector_aligned(op.out, offset, row_stride)
    return Cost((row_loops(op.out, Memory.read(op, "src", chip), rows, cols, aligned, writes=("out",)),))


def _vector_loop(label: str, memory: Memory, stream: ir.Value, count: int, **ends: Any) -> Loop:
    """A burst of ``count`` vectors between memory and a stream; ``ends`` are ``reads`` or ``writes`` of the loop."""
    size = arithmetic.element_type(stream).bytes * spelling.width(stream)
    return Loop(label, count, 1, memory.cycles, memory=memory.access(8 * size, 1, size * count), **ends)


def _load_vectors(op: hls.LoadVectorsOp, chip: Chip) -> Cost:
    return Cost((_vector_loop("vectors", Memory.read(op, "src", chip), op.out, op.count.value, writes=("out",)),))


def _load_vectors_again(op: hls.LoadVectorsAgainOp, chip: Chip) -> Cost:
    once = _vector_loop("vectors", Memory.read(op, "src", chip), op.out, op.count.value, writes=("out",))
    return Cost((Repeat(op.times.value, (once,)),))


def _store_vectors(op: hls.StoreVectorsOp, chip: Chip) -> Cost:
    memory = Memory.written(op, "dst", chip)
    return Cost((_vector_loop("vectors", memory, op.source, op.count.value, reads=("source",)),))


def _load_vectors_after(op: hls.LoadVectorsAfterOp, chip: Chip) -> Cost:
    rows, a_row, scalars_a_row, chunk = spelling.sizes(op, "rows", "vectors_a_row", "scalars_a_row", "chunk")
    width = spelling.width(op.scalars_out)
    in_turn = chunk * width // scalars_a_row

    def both(here: int) -> tuple[Loop, Loop]:
        scalars = Memory.read(op, "scalars", chip), op.scalars_out, -(-here * scalars_a_row // width)
        rows = Memory.read(op, "src", chip), op.out, here * a_row
        return (
            _vector_loop("scalar_vectors", *scalars, writes=("scalars_out",)),
            _vector_loop("row_vectors", *rows, writes=("out",)),
        )

    whole, rest = divmod(rows, in_turn)
    parts = [Repeat(turns, both(here)) for turns, here in ((whole, in_turn), (1, rest)) if turns and here]
    return Cost((Repeat(op.times.value, tuple(parts)),))


def _store_rows(op: hls.StoreRowsOp, chip: Chip) -> Cost:
    offset, rows, cols, row_stride = spelling.sizes(op, "offset", "rows", "cols", "row_stride")
    aligned = vector_aligned(op.source, offset, row_stride)
    return Cost((row_loops(op.source, Memory.written(op, "dst", chip), rows, cols, aligned, reads=("source",)),))


def element_loops(
    value: ir.Value, memory: Memory, sizes: list[int], label: str, follow: bool = False, **ends: Any
) -> Repeat:
    """Elements one by one, a loop for each vector of a stream; an entry waits for memory, which takes most cycles.

    ``follow``: whether the elements of a row lie one behind the other.
    """
    kind, width = arithmetic.element_type(value), spelling.width(value)
    rows, cols = math.prod(sizes[:-1]), sizes[-1]

    def entry(elements: int) -> Loop:
        run = elements * kind.bytes if follow else 0
        access = memory.access(8 * kind.bytes, run_bytes=run)
        return Loop(label, elements, 1, memory.cycles, memory=access, **ends)

    body = [Repeat(cols // width, (entry(width),))] if cols >= width else []
    if rest := cols % width:
        body.append(Repeat(1, (entry(rest),)))
    return Repeat(rows, tuple(body))


def _strided(op: Any, value: ir.Value, memory: Memory, **ends: Any) -> Repeat:
    return element_loops(value, memory, mem.ints(op.sizes), "elements", mem.ints(op.strides)[-1] == 1, **ends)


def _load_strided(op: hls.LoadStridedOp, chip: Chip) -> Cost:
    source = Memory.read(op, "src", chip)
    return Cost((_strided(op, op.out, source, writes_after=("out",)),))


def _run(sizes: list[int], strides: list[int]) -> int:
    """How many vectors of a view, whose last stride is 1, lie one behind the other."""
    run = 1
    for size, stride in zip(reversed(sizes), reversed(strides), strict=True):
        if size > 1 and stride != run:
            break
        run *= size
    return run


AT_ONCE = 64
"""Single reads that a task has under way: those of about the cycles that one takes."""


def _load_views(op: hls.LoadViewsOp, chip: Chip) -> Cost:
    source, sizes = Memory.read(op, "src", chip), mem.ints(op.sizes)
    size = arithmetic.element_type(op.out).bytes * spelling.width(op.out)
    viewed = Loop(
        "viewed_vectors",
        math.prod(sizes),
        1,
        source.cycles + chip.latency("iadd", "select"),
        writes=("out",),
        memory=source.access(8 * size, 1, size * _run(sizes, mem.ints(op.strides)), AT_ONCE),
    )
    return Cost((viewed,), {"icmp": len(sizes), "iadd": 2 * len(sizes)})


def _store_strided(op: hls.StoreStridedOp, chip: Chip) -> Cost:
    target = Memory.written(op, "dst", chip)
    return Cost((_strided(op, op.source, target, reads_before=("source",)),))


def _fork(op: hls.ForkOp, chip: Chip) -> Cost:
    return Cost((Loop("copy", op.vectors.value, reads=("source",), writes=("outs",)),))


def _broadcast(op: hls.BroadcastOp, chip: Chip) -> Cost:
    return Cost((Loop("copy", op.vectors.value, reads=("source",), writes=("outs",)),))


def _join(op: hls.JoinBlocksOp, chip: Chip) -> Cost:
    given, packed = spelling.width(op.ins[0]), spelling.width(op.out)
    count, first = -(-op.rows.value * op.cols.value // given), op.each.value // given
    # All blocks are made at the same time, so that the first one passes as it is made and the others wait behind it.
    loops = (
        Loop("join", first, 1, 3, reads=("ins",), writes=("out",), packs=packed // given),
        Loop("join", count - first, 1, 3, writes=("out",), packs=packed // given),
    )
    # One of so many vectors: two of four bits are a LUT.
    select = arithmetic.chains((("select",), packed * -(-len(op.ins) // 3)))
    return Cost((Repeat(op.times.value, loops),), select)


def _map(op: hls.MapOp, chip: Chip) -> Cost:
    width = spelling.width(op.out)
    chains = dict.fromkeys(op.body.blocks[0].arguments, 0)
    operators = arithmetic.chains()
    for inner in op.body.blocks[0].operations:
        if not isinstance(inner, mem.ScalarOp):
            continue
        chain = arithmetic.scalar(inner)
        operators += arithmetic.chains((chain, width))
        begin = max((chains.get(value, 0) for value in inner.operands), default=0)
        chains[inner.res] = begin + chip.latency(*chain)
    depth = 2 + max(chains.values(), default=0)
    inputs = tuple(f"in{i}" for i in range(len(op.operands) - 1))
    return Cost((Loop("apply", op.vectors.value, 1, depth, reads=inputs, writes=("out",)),), operators)


MAP = Task(
    hls.MapOp,
    template="map",
    header="map.hpp",
    # A map's function is a struct of the kernel's own, which the printer makes and names.
    parameters=lambda op: [spelling.width(op.out), *map(spelling.elem, op.operands)],
    arguments=lambda op: [op.out, op.vectors.value, *op.operands[1:]],
    cost=_map,
)

MOVES = (
    Task(
        hls.LoadRowsOp,
        template="load_rows",
        header="load.hpp",
        parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out)],
        arguments=lambda op: [op.src, op.out, *spelling.sizes(op, "offset", "rows", "cols", "row_stride")],
        cost=_load_rows,
        reads_memory=True,
    ),
    Task(
        hls.LoadVectorsOp,
        template="load_vectors",
        header="load.hpp",
        parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out)],
        arguments=lambda op: [op.src, op.out, op.count.value],
        cost=_load_vectors,
        reads_memory=True,
    ),
    Task(
        hls.LoadVectorsAgainOp,
        template="load_vectors_again",
        header="load.hpp",
        parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out)],
        arguments=lambda op: [op.src, op.out, *spelling.sizes(op, "count", "times")],
        cost=_load_vectors_again,
        reads_memory=True,
    ),
    Task(
        hls.LoadVectorsAfterOp,
        template="load_vectors_after",
        header="load.hpp",
        parameters=lambda op: [
            *(spelling.elem(op.out), spelling.width(op.out)),
            *(spelling.elem(op.scalars_out), spelling.width(op.scalars_out), op.chunk.value),
            *([op.scalars_a_row.value] if op.scalars_a_row.value > 1 else []),
        ],
        arguments=lambda op: [
            *(op.src, op.scalars, op.out, op.scalars_out),
            *spelling.sizes(op, "rows", "vectors_a_row", "times"),
        ],
        cost=_load_vectors_after,
        reads_memory=True,
    ),
    Task(
        hls.LoadStridedOp,
        template="load_strided",
        header="load.hpp",
        parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), spelling.rank(op)],
        arguments=lambda op: [op.src, op.out, *spelling.pattern(op)],
        cost=_load_strided,
        reads_memory=True,
    ),
    Task(
        hls.LoadViewsOp,
        template="load_views",
        header="load.hpp",
        parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), spelling.rank(op)],
        arguments=lambda op: [op.src, op.out, *spelling.pattern(op)],
        cost=_load_views,
        reads_memory=True,
        at_once=AT_ONCE,
    ),
    Task(
        hls.StoreRowsOp,
        template="store_rows",
        header="store.hpp",
        parameters=lambda op: [spelling.elem(op.source), spelling.width(op.source)],
        arguments=lambda op: [op.source, op.dst, *spelling.sizes(op, "offset", "rows", "cols", "row_stride")],
        cost=_store_rows,
    ),
    Task(
        hls.StoreVectorsOp,
        template="store_vectors",
        header="store.hpp",
        parameters=lambda op: [spelling.elem(op.source), spelling.width(op.source)],
        arguments=lambda op: [op.source, op.dst, op.count.value],
        cost=_store_vectors,
    ),
    Task(
        hls.StoreStridedOp,
        template="store_strided",
        header="store.hpp",
        parameters=lambda op: [spelling.elem(op.source), spelling.width(op.source), spelling.rank(op)],
        arguments=lambda op: [op.source, op.dst, *spelling.pattern(op)],
        cost=_store_strided,
    ),
    Task(
        hls.ForkOp,
        template="fork",
        header="fork.hpp",
        parameters=lambda op: [f"vec<{spelling.elem(op.source)}, {spelling.width(op.source)}>"] * (1 + len(op.outs)),
        arguments=lambda op: [op.source, op.vectors.value, *op.outs],
        cost=_fork,
    ),
    Task(
        hls.BroadcastOp,
        template="broadcast",
        header="fork.hpp",
        parameters=lambda op: [
            f"vec<{spelling.elem(op.source)}, {spelling.width(op.source)}>",
            *(len(op.outs), spelling.array_depth(op.outs)),
        ],
        arguments=lambda op: [op.source, op.vectors.value, list(op.outs)],
        cost=_broadcast,
    ),
    Task(
        hls.JoinBlocksOp,
        template="join_blocks",
        header="shards.hpp",
        parameters=lambda op: [
            spelling.elem(op.out),
            *map(spelling.width, (op.ins[0], op.out)),
            len(op.ins),
            spelling.array_depth(op.ins),
        ],
        arguments=lambda op: [op.out, *spelling.sizes(op, "rows", "cols", "each", "times"), list(op.ins)],
        cost=_join,
    ),
    MAP,
)
