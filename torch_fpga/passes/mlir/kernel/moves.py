"""The tasks that move data or apply a map: loads and stores through views, and maps with their bodies."""

from __future__ import annotations

import math

from torch_fpga.dialects import hls, mem
from torch_fpga.dialects.lanes import bytes_of, lanes_of, rows_and_cols
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel.memory import Memory
from torch_fpga.passes.mlir.kernel.streams import Stream
from torch_fpga.sharding import PORT_BYTES
from torch_fpga.views import View


def by_vectors(memory: Memory, view: View, stream: Stream) -> bool:
    """Whether a view is moved through a port of whole vectors: it begins where the memory does, all of its elements lie
    one behind the other, and its rows are whole vectors. Scratch may become a buffer on chip, which has elements."""
    return view == View.whole(view.sizes) and _has_vectors(memory, view, stream)


def by_views(memory: Memory, view: View, stream: Stream) -> bool:
    """The same of a load through any view whose rows are contiguous and begin at whole vectors."""
    *_, strides = _collapsed(view)
    rows = all(stride % stream.width == 0 for stride in (view.offset, memory.elements, *strides[:-1]))
    return strides[-1] == 1 and rows and _has_vectors(memory, view, stream)


def _has_vectors(memory: Memory, view: View, stream: Stream) -> bool:
    size = bytes_of(stream.element) * stream.width
    whole = rows_and_cols(list(view.sizes))[1] % stream.width == 0
    return whole and stream.width > 1 and size <= PORT_BYTES and memory.role != "scratch"


def table_lanes(memory: Memory, view: View, element: ir.Type, lanes: int) -> int:
    """How many elements of a table ``[groups, limit, *inner]`` are read at a time: a vector of the rows that they leave
    in, where each begins at a whole one; else 1."""
    width = lanes_of(view.sizes[-1], lanes)
    whole = all(n % width == 0 for n in (view.offset, *view.strides[:2], view.sizes[-1], memory.elements))
    return width if whole and bytes_of(element) * width <= PORT_BYTES and memory.role != "scratch" else 1


def load(port: ir.Value, stream: Stream, view: View, name: str) -> None:
    """Whole vectors where the port has them, bursts where the rows of the view are contiguous, else single elements."""
    label = ir.StringAttr.get(f"load {name}")
    if isinstance(port.type, hls.Vectors):
        flat = [math.prod(view.sizes)]
        if view.reshape(flat) == View.whole(flat):
            hls.LoadVectorsOp(port, stream.op, label, mem.i64(stream.vectors))
            return
        offset, sizes, strides = _collapsed(view)
        sizes[-1] //= stream.width
        strides[:-1] = [stride // stream.width for stride in strides[:-1]]
        hls.LoadViewsOp(port, stream.op, label, mem.i64(offset // stream.width), mem.i64s(sizes), mem.i64s(strides))
    elif (block := _as_rows(view)) is not None:
        hls.LoadRowsOp(port, stream.op, label, *map(mem.i64, block))
    else:
        offset, sizes, strides = _collapsed(view)
        hls.LoadStridedOp(port, stream.op, label, mem.i64(offset), mem.i64s(sizes), mem.i64s(strides))


def store(stream: Stream, port: ir.Value, view: View, name: str) -> None:
    """The reverse of ``load``."""
    label = ir.StringAttr.get(f"store {name}")
    if isinstance(port.type, hls.Vectors):
        hls.StoreVectorsOp(stream.op, port, label, mem.i64(stream.vectors))
    elif (block := _as_rows(view)) is not None:
        hls.StoreRowsOp(stream.op, port, label, *map(mem.i64, block))
    else:
        offset, sizes, strides = _collapsed(view)
        hls.StoreStridedOp(stream.op, port, label, mem.i64(offset), mem.i64s(sizes), mem.i64s(strides))


def _as_rows(view: View) -> tuple[int, int, int, int] | None:
    """Offset, rows, columns and row stride of a view with contiguous rows; None for any other."""
    rows, cols = rows_and_cols(list(view.sizes))
    flat = view.reshape([rows, cols])
    if flat is None or (cols > 1 and flat.strides[1] != 1):
        return None
    return flat.offset, rows, cols, flat.strides[0]


def _collapsed(view: View) -> tuple[int, list[int], list[int]]:
    """A view with dimensions that go together joined: fewer loop levels. The last stays the row."""
    sizes, strides = list(view.sizes) or [1], list(view.strides) or [0]
    for i in reversed(range(len(sizes) - 2)):
        if sizes[i] == 1 or strides[i] == sizes[i + 1] * strides[i + 1]:
            sizes[i : i + 2] = [sizes[i] * sizes[i + 1]]
            del strides[i]
    return view.offset, sizes, strides


def apply_map(op: mem.MapOp, inputs: list[ir.Value], out: ir.Value, label: ir.StringAttr, vectors: int) -> None:
    """Makes the task of a map, with a copy of its body, for so many ``vectors``."""
    first, *rest = inputs
    named = {f"in{i}": stream for i, stream in enumerate(rest, 1)}
    task = hls.MapOp(out, first, label, mem.i64(vectors), **named)
    body = op.body.blocks[0]
    block = task.body.blocks.append(*[argument.type for argument in body.arguments])
    new: dict[ir.Value, ir.Value] = dict(zip(body.arguments, block.arguments, strict=True))
    with ir.InsertionPoint(block):
        for inner in body.operations:
            for operand in inner.operands:
                if operand not in new:  # a constant that canonicalize hoisted out of the body
                    new[operand] = operand.owner.clone().results[0]
            copy = inner.operation.clone()
            for i, operand in enumerate(inner.operands):
                copy.operands[i] = new[operand]
            new.update(zip(inner.results, copy.results, strict=True))
