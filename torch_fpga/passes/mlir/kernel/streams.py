"""What a phase is planned with: streams, and what moves data from memory to them, between them and back."""

from __future__ import annotations

import dataclasses

from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel.memory import Memory
from torch_fpga.sharding import Blocks
from torch_fpga.views import View


@dataclasses.dataclass
class Stream:
    """A stream; ``least`` is how many vectors it must hold, ``op`` is set when it is written.

    Streams of blocks are an array of the kernel: ``array`` is its name, ``place`` the stream's in it.
    """

    name: str
    element: ir.Type
    width: int
    vectors: int
    least: int = 1
    array: str | None = None
    place: int = 0
    op: ir.Value | None = None


@dataclasses.dataclass(frozen=True)
class Block:
    """One of the blocks of rows that a value is split into."""

    blocks: Blocks
    number: int

    @property
    def rows(self) -> int:
        return self.blocks.size(self.number)


@dataclasses.dataclass(frozen=True)
class Table:
    """An operand that is read at random where it lies, ``lanes`` elements at a time."""

    memory: Memory
    view: View
    lanes: int = 1


@dataclasses.dataclass(frozen=True)
class Load:
    """Memory to stream; with ``block`` that block of it."""

    memory: Memory
    view: View
    stream: Stream
    name: str
    block: Block | None = None


@dataclasses.dataclass(frozen=True)
class Store:
    """Stream to memory; with ``block`` that block of it."""

    stream: Stream
    memory: Memory
    view: View
    block: Block | None = None


@dataclasses.dataclass(frozen=True)
class Fork:
    """One stream to several readers; to no reader at all it drains it."""

    source: Stream
    readers: list[Stream]
    name: str
    vectors: int


@dataclasses.dataclass(frozen=True)
class Broadcast:
    """One stream to each of an array."""

    source: Stream
    readers: list[Stream]
    name: str
    vectors: int
