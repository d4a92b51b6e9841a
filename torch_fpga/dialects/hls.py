"""The ``hls`` dialect: a kernel is a sequence of phases; a phase is a dataflow region of tasks joined by streams.

One task op is one call of an hls_lib template. Here are those that move data and apply maps; the task of a stage is
declared with the stage in ``torch_fpga.stages``. Values that live from one phase to the next are buffers (on chip) or
scratch ports (in device memory).
"""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from collections.abc import Sequence
from typing import Any

from torch_fpga.dialects.mem import require
from torch_fpga.dialects.mlir import ext, ir

Operand, Result, Region = ext.Operand, ext.Result, ext.Region
Int, Text, Array = ir.IntegerAttr, ir.StringAttr, ir.ArrayAttr


class Hls(ext.Dialect, name="hls"):
    """Tasks, streams, ports."""


class Fifo(Hls.Type, name="fifo"):
    """A stream of vectors of ``width`` elements."""

    elem: ir.TypeAttr
    width: ir.IntegerAttr

    @staticmethod
    def of(element: ir.Type, width: int) -> "Fifo":
        return Fifo.get(element, Int.get(ir.IntegerType.get_signless(32), width))

    @property
    def element(self) -> ir.Type:
        return ir.TypeAttr(self.elem).value

    @property
    def lanes(self) -> int:
        return Int(self.width).value


class Memory(Hls.Type, name="memory"):
    """Addressable elements: a port to device memory, or a buffer on chip."""

    elem: ir.TypeAttr

    @property
    def element(self) -> ir.Type:
        return ir.TypeAttr(self.elem).value


class Vectors(Hls.Type, name="vectors"):
    """Device memory behind a port of whole vectors of ``width`` elements, aligned to their size."""

    elem: ir.TypeAttr
    width: ir.IntegerAttr

    @staticmethod
    def of(element: ir.Type, width: int) -> "Vectors":
        return Vectors.get(element, Int.get(ir.IntegerType.get_signless(32), width))

    @property
    def element(self) -> ir.Type:
        return ir.TypeAttr(self.elem).value

    @property
    def lanes(self) -> int:
        return Int(self.width).value


class KernelOp(Hls.Operation, name="kernel", traits=[ir.NoTerminatorTrait]):
    """One FPGA kernel: its ports, its buffers, its phases in order."""

    sym_name: Text
    body: Region


class PortOp(Hls.Operation, name="port"):
    """A pointer argument: ``role`` is in, out or scratch; ``arg`` numbers the tensor of the region it belongs to.

    Several ports may belong to one tensor: in a phase each task has its own, and different phases share those of
    scratch, since HLS has a phase wait for an earlier one only where they share a pointer that one writes. A large
    matrix is sharded over ``channels`` HBM channels: channel c has ``block_elements`` from element c * block_elements
    on, the last one what remains.
    """

    name: Text
    role: Text
    arg: Int
    elements: Int
    channel: Int
    channels: Int
    block_elements: Int
    bundle: Text
    bank: Int
    res: Result[Any]


class BufferOp(Hls.Operation, name="buffer"):
    """An on-chip array written in one phase and read in a later one."""

    name: Text
    elements: Int
    storage: Text
    res: Result[Any]


class PhaseOp(Hls.Operation, name="phase", traits=[ir.NoTerminatorTrait]):
    """Tasks that run at once. A phase starts when the one before has ended."""

    name: Text
    body: Region


class StreamOp(Hls.Operation, name="stream"):
    """A FIFO between two tasks; ``vectors`` is how many pass through it in a run.

    Streams of the blocks of one thing are an array: then there are the attributes ``array``, its name, and ``place``.
    """

    name: Text
    vectors: Int
    depth: Int
    res: Result[Any]

    def verify_invariants(self) -> bool:
        require(self.depth.value >= 1, self, "a FIFO holds at least one vector")
        return True


class LoadRowsOp(Hls.Operation, name="load_rows"):
    """Memory to stream, contiguous columns: bursts."""

    src: Operand[Any]
    out: Operand[Any]
    label: Text
    offset: Int
    rows: Int
    cols: Int
    row_stride: Int


class LoadVectorsOp(Hls.Operation, name="load_vectors"):
    """A port of vectors to a stream: one burst."""

    src: Operand[Any]
    out: Operand[Any]
    label: Text
    count: Int


class LoadVectorsAgainOp(Hls.Operation, name="load_vectors_again"):
    """A port of vectors to a stream, ``times`` one after the other."""

    src: Operand[Any]
    out: Operand[Any]
    label: Text
    count: Int
    times: Int


class LoadVectorsAfterOp(Hls.Operation, name="load_vectors_after"):
    """Rows of whole vectors, and scalars of each row from another address behind the same port: ``chunk`` vectors of
    them first. All of it ``times`` one after the other."""

    src: Operand[Any]
    scalars: Operand[Any]
    out: Operand[Any]
    scalars_out: Operand[Any]
    label: Text
    rows: Int
    vectors_a_row: Int
    scalars_a_row: Int
    chunk: Int
    times: Int


class LoadStridedOp(Hls.Operation, name="load_strided"):
    """Memory to stream through any view."""

    src: Operand[Any]
    out: Operand[Any]
    label: Text
    offset: Int
    sizes: Array
    strides: Array


class LoadViewsOp(Hls.Operation, name="load_views"):
    """Memory to stream through a view whose rows are whole vectors; offset, sizes and strides are in vectors."""

    src: Operand[Any]
    out: Operand[Any]
    label: Text
    offset: Int
    sizes: Array
    strides: Array


class StoreRowsOp(Hls.Operation, name="store_rows"):
    """Stream to memory, contiguous columns: bursts."""

    source: Operand[Any]
    dst: Operand[Any]
    label: Text
    offset: Int
    rows: Int
    cols: Int
    row_stride: Int


class StoreStridedOp(Hls.Operation, name="store_strided"):
    """Stream to memory through any view."""

    source: Operand[Any]
    dst: Operand[Any]
    label: Text
    offset: Int
    sizes: Array
    strides: Array


class StoreVectorsOp(Hls.Operation, name="store_vectors"):
    """A stream to a port of vectors: one burst."""

    source: Operand[Any]
    dst: Operand[Any]
    label: Text
    count: Int


class ForkOp(Hls.Operation, name="fork"):
    """Copies a stream to several readers."""

    source: Operand[Any]
    outs: Sequence[Operand[Any]]
    label: Text
    vectors: Int


class BroadcastOp(Hls.Operation, name="broadcast"):
    """Copies a stream to each of an array of streams."""

    source: Operand[Any]
    outs: Sequence[Operand[Any]]
    label: Text
    vectors: Int


class MapOp(Hls.Operation, name="map"):
    """Applies ``body`` lane by lane."""

    out: Operand[Any]
    in0: Operand[Any]
    label: Text
    vectors: Int
    body: Region
    in1: Operand[Any] | None = None
    in2: Operand[Any] | None = None
    in3: Operand[Any] | None = None
    in4: Operand[Any] | None = None
    in5: Operand[Any] | None = None
    in6: Operand[Any] | None = None
    in7: Operand[Any] | None = None


class JoinBlocksOp(Hls.Operation, name="join_blocks"):
    """Results of blocks of rows, ``each`` of a block, behind each other; packed into ``rows`` of ``cols``. All of it
    ``times`` one after the other."""

    out: Operand[Any]
    ins: Sequence[Operand[Any]]
    label: Text
    rows: Int
    cols: Int
    each: Int
    times: Int
