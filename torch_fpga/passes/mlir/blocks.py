"""What both passes that split work by blocks of rows ask of a scheduled function."""

from __future__ import annotations

from collections.abc import Callable, Container

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.passes.mlir.schedule_phases import FLOW, returned, source_of_operand
from torch_fpga.stages import STAGES


def flow_of(op: ir.OpView, operand: int) -> int:
    """How an operand of a stage arrives: one of ``FLOW``."""
    return mem.ints(op.attributes["flow"])[operand]


def is_from_memory(op: ir.OpView, operand: int) -> bool:
    return flow_of(op, operand) == FLOW["memory"]


def is_input(base: ir.Value) -> bool:
    return isinstance(base.owner, ir.Block)


def ports_beside(
    function: func.FuncOp, by_blocks: Callable[[ir.OpView, int], bool], written: Container[ir.Value] = ()
) -> int:
    """Ports of all but blocks; a port that writes shares one with a port that reads.

    Args:
        function: after ``schedule_phases``.
        by_blocks: whether an operand of a stage is read by blocks.
        written: results that are written by blocks.
    """
    reads, scratch = 0, set()
    for op in function.entry_block.operations:
        for i, value in enumerate(op.operands) if STAGES.becomes_task(op) else ():
            if not is_from_memory(op, i) or by_blocks(op, i):
                continue
            reads += 1
            base, _ = source_of_operand(value)
            if not is_input(base):
                scratch.add(base)
    return max(reads, sum(value not in written for value in returned(function)) + len(scratch))
