"""Splits what works on rows apart over memory channels: each block of rows has loads, tasks and stores of its own.

Maps, norms, softmax and reductions that streams join are split together where all that they read from memory by rows is
an input, and all that they write to memory is a result. Nothing joins the blocks: each has its part of the result. What
every row needs, as the weight of a norm, is read once and copied to all blocks.

A phase with a sharded product has no ports left for this.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from networkx.utils import UnionFind

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import bytes_of, lanes_of, rows_and_cols
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.passes.mlir.blocks import is_from_memory, is_input, phase_of, ports_beside
from torch_fpga.passes.mlir.schedule_phases import source_of_operand, view_of_operand
from torch_fpga.sharding import LEAST_BYTES, PORT_BYTES, Blocks
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View


def shard_rows(module: ir.Module, options: KernelOptions) -> None:
    """Sets ``row_group``, ``row_blocks`` and ``block_rows`` on the ops that are split: what belongs together, how many
    blocks there are, the rows of each but the last."""
    for function in module.body.operations:
        stages = [op for op in function.entry_block.operations if STAGES.becomes_task(op)]
        taken = {phase_of(op) for op in stages if "blocks" in op.attributes}
        joined = (members for members in _joined(stages) if phase_of(members[0]) not in taken)
        groups = [group for members in joined if (group := _group(members, options.lanes)) is not None]
        in_phase = Counter(group.phase for group in groups)
        for number, group in enumerate(groups):
            free = options.ports - _ports_beside(function, group.phase, groups)
            by_ports = free // (in_phase[group.phase] * max(group.reads, group.writes))
            count = min(options.memory_channels * PORT_BYTES // group.bytes, by_ports, options.row_blocks)
            if count < 2:
                continue
            blocks = Blocks.of(group.rows, count, group.multiple)
            for op in group.members:
                op.operation.attributes["row_group"] = mem.i64(number)
                op.operation.attributes["row_blocks"] = mem.i64(blocks.count)
                op.operation.attributes["block_rows"] = mem.i64(blocks.each)


def row_group_of(op: ir.OpView) -> tuple[int, Blocks] | None:
    """The number of an op's group and its blocks of rows; None if it is whole."""
    if "row_group" not in op.attributes:
        return None
    count, each = op.attributes["row_blocks"].value, op.attributes["block_rows"].value
    return op.attributes["row_group"].value, Blocks(_rows(op), each, count)


def kept_by(op: ir.OpView) -> frozenset[int]:
    """The operands that every row needs whole."""
    stage = STAGES.of(op)
    return stage.kept if stage else frozenset()


@dataclasses.dataclass(frozen=True)
class _Group:
    """Ops that are split together.

    Attributes:
        members: in order.
        rows: of each.
        multiple: of so many rows a block is, so that it ends with a vector.
        reads, writes: ports of a block.
        bytes: that a block moves with a vector of its widest row.
    """

    members: list[ir.OpView]
    rows: int
    multiple: int
    reads: int
    writes: int
    bytes: int

    @property
    def phase(self) -> int:
        return phase_of(self.members[0])


def _rows(op: ir.OpView) -> int:
    by_rows = op.results[0] if 0 in kept_by(op) else op.operands[0]
    return rows_and_cols(mem.shape(by_rows))[0]


def _joined(stages: list[ir.OpView]) -> Iterator[list[ir.OpView]]:
    """Ops that streams of rows join."""
    number = {result: i for i, op in enumerate(stages) for result in op.results}
    joined = UnionFind(range(len(stages)))
    for i, op in enumerate(stages):
        for position, base in _bases(op):
            if not is_from_memory(op, position) and position not in kept_by(op):
                joined.union(i, number[base])
    members = defaultdict(list)
    for i, op in enumerate(stages):
        members[joined[i]].append(op)
    yield from members.values()


def _group(members: list[ir.OpView], lanes: int) -> _Group | None:
    """The ops as a group; None if they cannot be split, or what they move is not worth it."""
    if not all(_works_by_rows(op) for op in members):
        return None
    rows = _rows(members[0])
    if rows < 2 or any(_rows(op) != rows for op in members):
        return None
    read = [op.operands[i] for op in members for i, _ in _bases(op) if _is_loaded(op, i)]
    written = [value for op in members for value in op.results if _is_returned(value)]
    if not read or not written or not all(_is_kept_in_phase(value) for op in members for value in op.results):
        return None
    ports = [_Port.of(value, rows, lanes) for value in (*read, *written)]
    if not all(_is_whole_input(value, rows) for value in read) or not all(port.fits for port in ports):
        return None
    if max(math.prod(mem.shape(value)) * bytes_of(mem.element(value)) for value in read) < LEAST_BYTES:
        return None
    multiple = max(port.multiple for port in ports)
    moved = math.ceil(sum(port.row_bytes for port in ports) / max(port.row_vectors for port in ports))
    return _Group(members, rows, multiple, len(read), len(written), moved)


@dataclasses.dataclass(frozen=True)
class _Port:
    """How rows are moved: whether whole vectors can be, and of how many rows these are a multiple."""

    multiple: int
    row_bytes: int
    row_vectors: float
    fits: bool

    @staticmethod
    def of(value: ir.Value, rows: int, lanes: int) -> _Port:
        each, cols = math.prod(mem.shape(value)) // rows, rows_and_cols(mem.shape(value))[1]
        width = lanes_of(cols, lanes)
        multiple = 1 if each % width == 0 else width
        size = bytes_of(mem.element(value))
        fits = width > 1 and width * size <= PORT_BYTES and rows * each % width == 0 == cols % width
        return _Port(multiple, each * size, each / width, fits)


def _works_by_rows(op: ir.OpView) -> bool:
    stage = STAGES.of(op)
    return len(op.operands) > 0 and (stage is None or stage.by_rows is not None)


def _is_loaded(op: ir.OpView, operand: int) -> bool:
    """Whether an operand is read from memory by blocks."""
    return is_from_memory(op, operand) and operand not in kept_by(op)


def _is_whole_input(value: ir.Value, rows: int) -> bool:
    base, _ = source_of_operand(value)
    size = math.prod(mem.shape(value))
    flat = [rows, size // rows]
    whole = view_of_operand(value).reshape(flat) == View.whole(flat)
    return is_input(base) and whole and size == math.prod(mem.shape(base))


def _users(value: ir.Value) -> Iterator[tuple[ir.OpView, int]]:
    """What reads a value, through a view or not, and as which operand."""
    for use in value.uses:
        if isinstance(use.owner, mem.ViewOp):
            yield from _users(use.owner.res)
        else:
            yield use.owner, use.operand_number


def _is_returned(value: ir.Value) -> bool:
    return any(isinstance(owner, func.ReturnOp) for owner, _ in _users(value))


def _is_kept_in_phase(value: ir.Value) -> bool:
    """Whether a result goes to streams, or out, and nowhere else."""
    return all(
        isinstance(owner, func.ReturnOp)
        or (STAGES.becomes_task(owner) and not is_from_memory(owner, operand) and operand not in kept_by(owner))
        for owner, operand in _users(value)
    )


def _ports_beside(function: func.FuncOp, phase: int, groups: list[_Group]) -> int:
    written = {result for group in groups for op in group.members for result in op.results}
    return ports_beside(
        function, phase, lambda op, operand: op.results[0] in written and _is_loaded(op, operand), written
    )


def _bases(op: ir.OpView) -> list[tuple[int, ir.Value]]:
    return [(i, source_of_operand(value)[0]) for i, value in enumerate(op.operands)]
