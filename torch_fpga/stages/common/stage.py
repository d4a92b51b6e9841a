"""What is to be known of a stage, and of a task: a stage's module fills one of these, and everybody else asks it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import rows_and_cols
from torch_fpga.dialects.mlir import ir
from torch_fpga.sharding import Blocks
from torch_fpga.stages.common.cost import Cost
from torch_fpga.targets.card import Card
from torch_fpga.targets.chip import Chip


@dataclasses.dataclass(frozen=True)
class Call:
    """An ATen call that becomes a stage.

    Attributes:
        target: the overload, ``aten.sum.dim_IntList``.
        kind: the variant of the stage that the op's row names; empty where there is one only.
        arguments: in the order of the operator's schema; tensors as ``Tensor``, everything else as Python values.
        results: the types of the results.
    """

    target: str
    kind: str
    arguments: list[Any]
    results: list[ir.RankedTensorType]


Build = Callable[[Call], Any]
"""Makes the mem ops of a call. Gives a value or ``Tensor``, or a tuple of them where the call has several results."""

Lower = Callable[[Any, list[Any], list[ir.Value], ir.StringAttr], None]
"""Makes the tasks of a mem op: the op, an input for each operand, a stream for each result, the label of the task.

An input is a stream. Of an operand that is read at random it is a port and the View to read it through.
"""

LowerBlock = Callable[[Any, Blocks, int, list[ir.Value], list[ir.Value], ir.StringAttr], None]
"""Makes the task of a block of rows of a mem op: the op, the blocks, which one it is, a stream for each
operand, a stream for each result, the label of the task."""

LowerRows = Callable[[Any, int, list[ir.Value], list[ir.Value], ir.StringAttr], None]
"""Makes the task of a mem op for so many of its rows: the op, the rows, a stream for each operand, a stream for each
result, the label of the task."""

LowerJoin = Callable[[Any, Blocks, list[list[ir.Value]], list[ir.Value], ir.StringAttr], None]
"""Makes the task that joins what the blocks gave: the op, the blocks, the streams of each block, a stream for each
result, the label of the task."""


@dataclasses.dataclass(frozen=True)
class Sharding:
    """How a stage works on blocks of rows apart, each with tasks of its own.

    Attributes:
        lower: makes the task of a block.
        join: makes the task that joins the blocks' results; None where they are one for each row, in row order.
        width: lanes of the streams that a block's results come in; None for as many as they leave in.
        starts: the first operand is the matrix ``[1, rows, cols]`` whose rows lie in blocks, and the second one a
            vector that each block needs.
        beside: of such a stage a further operand ``[1, rows, scalars]``, whose rows lie in blocks beside the matrix's.
        fits: whether an op can end a chain of stages that works on blocks.
    """

    lower: LowerBlock
    join: LowerJoin | None = None
    width: int | None = None
    starts: bool = False
    beside: frozenset[int] = frozenset()
    fits: Callable[[Any], bool] = lambda op: True


@dataclasses.dataclass(frozen=True)
class Between:
    """A stream of each block between two of its tasks, or from one to the join.

    Attributes:
        element: of a vector.
        lanes: of a vector.
        vectors: that pass in each block.
        least: vectors that it must hold.
    """

    element: ir.Type
    lanes: int
    vectors: list[int]
    least: int


@dataclasses.dataclass(frozen=True)
class Ports:
    """What blocks read through.

    Attributes:
        count: ports that all blocks may have together.
        bits: of each.
        bytes_per_cycle: that memory gives each.
    """

    count: int
    bits: int
    bytes_per_cycle: float


@dataclasses.dataclass(frozen=True)
class InBlocks:
    """How a stage of several tasks reads rows of some operands, as many of each, in blocks that a last task joins.

    Attributes:
        operands: those that are read by blocks; what the others hold goes to all blocks.
        fit: into how many blocks, and the cycles of a vector that one reads: for an op, the ports that there are for
            blocks, and the card.
        between: the streams of blocks by name: for an op, its blocks, and the lanes of an ordinary stream.
        lower: makes the tasks of a block: the op, the blocks, which one it is, a stream for each operand, the block's
            streams between tasks, what the op is called.
        join: makes the task that joins the blocks: the op, the blocks, the streams of each block, a stream for each
            result, the label of the task.
    """

    operands: frozenset[int]
    fit: Callable[[Any, Ports, Card], tuple[int, int]]
    between: Callable[[Any, Blocks, int], dict[str, Between]]
    lower: Callable[[Any, Blocks, int, list[ir.Value], dict[str, ir.Value], str], None]
    join: Callable[[Any, Blocks, dict[str, list[ir.Value]], list[ir.Value], ir.StringAttr], None]


@dataclasses.dataclass(frozen=True)
class Task:
    """A task of the ``hls`` dialect and the call of hls_lib it is printed as: ``template<parameters>(arguments)``.

    Attributes:
        op: the task.
        template: the function template of hls_lib.
        header: the file of hls_lib/include/hls_lib that has it.
        parameters: template parameters of an op, as text or numbers.
        arguments: arguments of an op: its operands (streams, arrays of streams as lists, ports), text or numbers.
        cost: what an op costs on a chip, as its template is written.
        reads_memory: the task waits for device memory itself, so that its output comes late and in bursts.
        at_once: single reads that the task has under way; its ports have to have room for them. 0 if it reads bursts.
    """

    op: type
    template: str
    header: str
    parameters: Callable[[Any], list[Any]]
    arguments: Callable[[Any], list[Any]]
    cost: Callable[[Any, Chip], Cost]
    reads_memory: bool = False
    at_once: int = 0

    @property
    def name(self) -> str:
        """Of the op, with its dialect: ``hls.softmax``."""
        return str(self.op.OPERATION_NAME)  # type: ignore[attr-defined]


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage of memory processing: one op on tensors, the tasks it becomes, and what passes have to know of it.

    Attributes:
        op: the op of the ``mem`` dialect.
        tasks: the tasks of the ``hls`` dialect that ``lower`` may make.
        lower: makes the tasks of an op; None for a stage that works ``in_blocks``, which says so itself.
        builders: for each name that a row of the op table may call this stage by, how a call's arguments become the
            op's operands. Empty for a stage that only other stages and passes make.
        packs: the op makes one scalar after the other and packs them into rows, whatever their length: it can give
            its result any shape of so many elements.
        at_random: the operands that are read at random, so that they have to lie in memory.
        in_bursts: of those, the operands whose rows are read as bursts, so that the dimensions behind the first two
            have to be contiguous.
        widens: the operands that may have a narrower element type, because the template converts each element itself.
        at_port_width: the operands whose streams are as wide as a memory port where they come from memory, because
            the stage takes them at any width.
        sums: for a stage that sums products of its first operand, ``[batch, a, b]``, with its second, ``[batch, count,
            n]``: the axis of the first that is summed, ``n`` long. The result has ``count`` in its place.
        sharding: for a stage that can work on blocks of rows apart.
        in_blocks: for a stage that always does, be it on one block.
        by_rows: for a stage that makes of each row of its first operand a row of its result, or one scalar, and of all
            others nothing: what makes its task for some of the rows.
        kept: of such a stage the operands that every row needs whole.
    """

    op: type
    tasks: tuple[Task, ...]
    lower: Lower | None = None
    builders: Mapping[str, Build] = dataclasses.field(default_factory=dict)
    packs: bool = False
    at_random: frozenset[int] = frozenset()
    in_bursts: frozenset[int] = frozenset()
    widens: frozenset[int] = frozenset()
    at_port_width: frozenset[int] = frozenset()
    sums: int | None = None
    sharding: Sharding | None = None
    in_blocks: InBlocks | None = None
    by_rows: LowerRows | None = None
    kept: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """Of the op, with its dialect: ``mem.softmax``."""
        return str(self.op.OPERATION_NAME)  # type: ignore[attr-defined]


def all_rows(lower: LowerRows) -> Lower:
    """Of all rows of an op's first operand."""

    def lower_all(op: Any, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
        lower(op, rows_and_cols(mem.shape(op.operands[0]))[0], reads, writes, label)

    return lower_all
