"""Splits chains of stages over memory channels: blocks of a matrix's rows, each with tasks of its own, and a join.

A chain begins with a product of a large matrix in memory and a vector. Where what follows ends in a selection it goes
along, so that nothing but the best of each block is joined; maps on the way may take one more scalar a row, which is
read from memory by blocks as well. Any other chain ends behind the product, whose results are joined in row order.
"""

from __future__ import annotations

import math

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import bytes_of, power_of_two, rows_and_cols
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.passes.mlir.blocks import flow_of, is_from_memory, is_input, phase_of, ports_beside
from torch_fpga.passes.mlir.schedule_phases import FLOW, source_of_operand, view_of_operand
from torch_fpga.sharding import BLOCK_ROWS, PORT_BYTES, Blocks, is_sharded, lies_beside, read_once
from torch_fpga.stages import STAGES
from torch_fpga.stages.common.stage import InBlocks, Ports
from torch_fpga.targets.card import load_card
from torch_fpga.targets.fpga import load_target
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View

_VECTOR_BYTES = 4 << 20
"""What all blocks together may hold on chip of the vector that each of them needs: half of a U55C's block RAM."""


def shard(module: ir.Module, options: KernelOptions) -> None:
    """Sets ``blocks``, how many there are, and ``block_rows``, the rows of each but the last, on the ops of chains."""
    for function in module.body.operations:
        chains = [_chain(op) for op in function.entry_block.operations if _starts(op)]
        in_blocks = [op for op in function.entry_block.operations if _in_blocks(op)]
        split = [op for op in in_blocks if _lies_in_blocks(op)]
        works = [*chains, *([op] for op in split)]
        for op in in_blocks:
            if op not in split:
                _set_blocks(op, 0, options)
        for phase in dict.fromkeys(phase_of(work[0]) for work in works):
            here = [work for work in works if phase_of(work[0]) == phase]
            free = options.ports - _ports_beside(function, phase, chains, split)
            for work, ports in zip(here, _shares(here, free), strict=True):
                channels = min(options.shard_channels, ports)
                if work[0] in split:
                    _set_blocks(work[0], channels, options)
                else:
                    _split_chain(work, channels)


def _shares(works: list[list[ir.OpView]], ports: int) -> list[int]:
    """How many ports each chain, or op that works in blocks, of a phase has.

    A product needs its whole vector first, so that they mostly follow each other: the sum of their times, bytes by
    ports, is least where these are as the roots of the bytes. The same rule serves those that run at once.
    """
    roots = [math.sqrt(_bytes_by_blocks(work[0])) for work in works]
    # Rounded before: a product that is alone would get one port too few at some sizes.
    return [max(int(round(ports * root / sum(roots), 9)), 1) for root in roots]


def _bytes_by_blocks(op: ir.OpView) -> int:
    how = _in_blocks(op)
    read = [op.operands[i] for i in (sorted(how.operands) if how else _read_by_blocks(op))]
    return sum(math.prod(mem.shape(value)) * bytes_of(mem.element(value)) for value in read)


def _split_chain(chain: list[ir.OpView], channels: int) -> None:
    rows, cols = mem.shape(chain[0].operands[0])[1], mem.shape(chain[0].operands[1])[2]
    channels = min(channels, _VECTOR_BYTES // (4 * power_of_two(cols)))
    if channels < 2:
        return
    blocks = Blocks.of(rows, channels)
    for op in chain:
        op.operation.attributes["blocks"] = mem.i64(blocks.count)
        op.operation.attributes["block_rows"] = mem.i64(blocks.each)
        op.operation.attributes["times"] = mem.i64(_times(chain[0]))


def _times(start: ir.OpView) -> int:
    """How many vectors a chain's matrix meets, one after the other."""
    return mem.shape(start.operands[0])[0]


def blocks_of(op: ir.OpView) -> Blocks | None:
    """What ``shard`` decided for an op; None if it is whole."""
    if "blocks" not in op.attributes:
        return None
    count, each = op.attributes["blocks"].value, op.attributes["block_rows"].value
    rows, cols = rows_and_cols(mem.shape(op.operands[0]))
    if _in_blocks(op):
        return Blocks(rows, each, count)
    times = op.attributes["times"].value
    return Blocks((rows if _starts(op) else rows * cols) // times, each, count, times)


def scalars_by_blocks(op: ir.OpView) -> list[int]:
    """The operands of a map in a chain that are read from memory, a scalar a row."""
    return [i for i in range(len(op.operands)) if is_from_memory(op, i)]


def _in_blocks(op: ir.OpView) -> InBlocks | None:
    stage = STAGES.of(op)
    return stage.in_blocks if stage else None


def _set_blocks(op: ir.OpView, ports: int, options: KernelOptions) -> None:
    """Sets ``blocks``, ``block_rows`` and ``interval`` of an op that works in blocks, with so many ports for them."""
    how = _in_blocks(op)
    assert how is not None
    rows = rows_and_cols(mem.shape(op.operands[0]))[0]
    ports = min(ports, options.row_blocks * len(how.operands))
    given = Ports(ports, options.port_bits, load_target(options.target).port_bytes_per_cycle)
    count, interval = how.fit(op, given, load_card(options.target))
    blocks = _whole_groups(op, rows, count) if options.whole_groups else Blocks.of(rows, count)
    numbers = {"blocks": blocks.count, "block_rows": blocks.each, "interval": interval}
    for name, number in numbers.items():
        op.operation.attributes[name] = mem.i64(number)


def _whole_groups(op: ir.OpView, rows: int, count: int) -> Blocks:
    """At most so many blocks, each of as many groups: of the first dimension of what is read by blocks."""
    groups = mem.shape(op.operands[0])[0]
    count = max(n for n in range(1, min(groups, count) + 1) if groups % n == 0)
    return Blocks(rows, rows // count, count)


def _lies_in_blocks(op: ir.OpView) -> bool:
    """Whether all that is read by blocks is the whole of an input, in rows of whole beats."""
    how = _in_blocks(op)
    return how is not None and all(
        is_from_memory(op, i)
        and is_input(source_of_operand(op.operands[i])[0])
        and _is_all(op.operands[i])
        and mem.shape(op.operands[i])[-1] * bytes_of(mem.element(op.operands[i])) % PORT_BYTES == 0
        for i in how.operands
    )


def _is_all(value: ir.Value) -> bool:
    """Whether a view is all that it reads, in its order."""
    return view_of_operand(value).same_order_as_dense(mem.shape(source_of_operand(value)[0]))


def _starts(op: ir.OpView) -> bool:
    stage = STAGES.of(op)
    if stage is None or stage.sharding is None or not stage.sharding.starts:
        return False
    by_blocks = [op.operands[i] for i in _read_by_blocks(op)]
    if not all(is_from_memory(op, i) for i in _read_by_blocks(op)):
        return False
    if not all(is_input(source_of_operand(value)[0]) for value in by_blocks):
        return False
    matrix, *beside = [(view_of_operand(value), bytes_of(mem.element(value))) for value in by_blocks]
    view, size = matrix
    return is_sharded(view, mem.shape(op.operands[1])[1], size) and all(lies_beside(*scalars) for scalars in beside)


def _read_by_blocks(op: ir.OpView) -> list[int]:
    """The operands that are read from memory by blocks: of a chain's first op the matrix and what lies beside it."""
    stage = STAGES.of(op)
    if stage is None or stage.sharding is None or not stage.sharding.starts:
        return scalars_by_blocks(op)
    return [0, *stage.sharding.beside]


def _chain(start: ir.OpView) -> list[ir.OpView]:
    """The ops from the product to the selection, or the product alone."""
    chain, scalars, times = [start], len(_read_by_blocks(start)) - 1, _times(start)
    while (op := _only_reader(chain[-1], times)) is not None:
        stage = STAGES.of(op)
        if stage is not None:
            ends = stage.sharding is not None and not stage.sharding.starts and stage.sharding.fits(op)
            return [*chain, op] if ends else [start]
        by_blocks = scalars_by_blocks(op)
        scalars += len(by_blocks)
        if scalars > 1 or not all(_has_one_a_row(op.operands[i], times) for i in by_blocks):
            break
        chain.append(op)
    return [start]


def _only_reader(op: ir.OpView, times: int) -> ir.OpView | None:
    """The stage or map that alone reads an op's result, by a stream of a row each time; None if there is no such."""
    value = op.results[0]
    uses = list(value.uses)
    if len(op.results) != 1 or len(uses) != 1 or rows_and_cols(mem.shape(value))[0] != times:
        return None
    reader = uses[0].owner
    if isinstance(reader, mem.ViewOp):
        uses = list(reader.res.uses)
        reader = uses[0].owner if len(uses) == 1 else None
    if reader is None or not STAGES.becomes_task(reader):
        return None
    streamed = [
        source_of_operand(v)[0] == value and flow_of(reader, i) == FLOW["stream"] for i, v in enumerate(reader.operands)
    ]
    others = [is_from_memory(reader, i) for i, is_streamed in enumerate(streamed) if not is_streamed]
    return reader if any(streamed) and all(others) else None


def _has_one_a_row(value: ir.Value, times: int) -> bool:
    """An input of at most four bytes a row, the same each time, of which blocks have whole vectors, the same number for
    each type."""
    base, _ = source_of_operand(value)
    size, count = bytes_of(mem.element(value)), math.prod(mem.shape(value)) // times
    again = view_of_operand(value).reshape([times, count])
    whole = again is not None and read_once(again).reshape([count]) == View.whole([count])
    return is_input(base) and whole and size <= PORT_BYTES // BLOCK_ROWS


def _ports_beside(function: func.FuncOp, phase: int, chains: list[list[ir.OpView]], split: list[ir.OpView]) -> int:
    by_blocks = {op.results[0]: _read_by_blocks(op) for chain in chains for op in chain}
    by_blocks |= {op.results[0]: sorted(how.operands) for op in split if (how := _in_blocks(op))}
    return ports_beside(function, phase, lambda op, operand: operand in by_blocks.get(op.results[0], ()))
