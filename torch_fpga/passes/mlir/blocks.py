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


def phase_of(op: ir.OpView) -> int:
    """The phase of a stage."""
    number: int = op.attributes["phase"].value
    return number


def ports_beside(
    function: func.FuncOp, phase: int, by_blocks: Callable[[ir.OpView, int], bool], written: Container[ir.Value] = ()
) -> int:
    """Ports in a phase of all but blocks; a port that writes a result shares one with a port that reads an input.

    Phases follow each other, and share ports.

    Args:
        function: after ``schedule_phases``.
        phase: its number.
        by_blocks: whether an operand of a stage is read by blocks.
        written: results that are written by blocks.
    """
    stages = [op for op in function.entry_block.operations if STAGES.becomes_task(op)]
    here = [op for op in stages if phase_of(op) == phase]
    made = {result for op in here for result in op.results}
    read = [
        source_of_operand(value)[0]
        for op in here
        for i, value in enumerate(op.operands)
        if is_from_memory(op, i) and not by_blocks(op, i)
    ]
    scratch = {
        base
        for op in stages
        for i, value in enumerate(op.operands)
        if is_from_memory(op, i) and not is_input(base := source_of_operand(value)[0])
    }
    inputs = sum(map(is_input, read))
    results = sum(part in made and part not in written for value in returned(function) for part in _parts(value))
    stored = sum(part in made for value in scratch for part in _parts(value))
    return max(inputs, results) + len(read) - inputs + stored


def _parts(value: ir.Value) -> list[ir.Value]:
    """What is stored of a value: it, or the parts of a concat one by one."""
    if isinstance(value.owner, ir.OpView) and isinstance(value.owner, mem.ConcatOp):
        return list(value.owner.operands)
    return [value]
