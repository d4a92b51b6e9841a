"""Cuts a region into phases and says of every operand whether it is streamed or read from memory.

Two stages share a phase, joined by a stream, if the reader takes the elements in the order the writer makes them.
Otherwise the value goes to memory and the reader waits for the next phase. That alone could still deadlock: where
streams part and meet again, a reader may wait on one branch while the other is full. Such a meeting gets FIFOs that
hold everything that passes (then no writer ever waits there), or, where that is too much for the chip, memory.

Kahn, "The semantics of a simple language for parallel programming", 1974; Parks, "Bounded scheduling of process
networks", 1995 (an artificial deadlock needs a full channel on an undirected cycle).
"""

from __future__ import annotations

from networkx.utils import UnionFind

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import vectors_of
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View

FLOW = {"memory": 0, "stream": 1, "whole": 2}
"""How an operand arrives; ``whole`` is a stream whose FIFO holds all of it."""


def schedule_phases(module: ir.Module, options: KernelOptions) -> None:
    """Sets ``phase`` on every stage and ``flow`` (one of FLOW for each operand) in place."""
    for function in module.body.operations:
        _Schedule(options).run(list(function.entry_block.operations))


def source_of_operand(value: ir.Value) -> tuple[ir.Value, bool]:
    """What an operand reads in the end, and whether it reads it row by row in its own order."""
    if not isinstance(value.owner, ir.OpView) or not isinstance(value.owner, mem.ViewOp):
        return value, True
    view = value.owner
    base, sizes = mem.shape(view.source), mem.shape(view.res)
    same_rows = (base or [1])[-1] == (sizes or [1])[-1]
    return view.source, same_rows and mem.view_of(view).same_order_as_dense(base)


def view_of_operand(value: ir.Value) -> View:
    """Where an operand lies in what it reads."""
    base, _ = source_of_operand(value)
    return View.whole(mem.shape(value)) if base == value else mem.view_of(value.owner)


class _Schedule:
    def __init__(self, options: KernelOptions) -> None:
        self.options = options
        self.phase: dict[ir.Value, int] = {}
        self.joined: dict[int, UnionFind] = {}
        self.number: dict[ir.Value, int] = {}

    def run(self, operations: list[ir.OpView]) -> None:
        for number, op in enumerate(operations):
            if isinstance(op, mem.ConcatOp):
                self.phase[op.res] = max(self.phase[value] for value in op.operands)
            elif STAGES.becomes_task(op):
                phase, flow = self.place(number, op)
                op.operation.attributes["phase"] = mem.i64(phase)
                op.operation.attributes["flow"] = mem.i64s(flow)
                for result in op.results:
                    self.phase[result], self.number[result] = phase, number

    def place(self, number: int, op: ir.OpView) -> tuple[int, list[int]]:
        reads = [source_of_operand(value) for value in op.operands]
        streamable = [
            in_order and base in self.number and not _needs_memory(op, i) for i, (base, in_order) in enumerate(reads)
        ]
        earliest = [
            self.phase[base] + (0 if ok else 1) if base in self.phase else 0
            for (base, _), ok in zip(reads, streamable, strict=True)
        ]
        phase = max(earliest, default=0)
        streamed = [ok and self.phase[base] == phase for (base, _), ok in zip(reads, streamable, strict=True)]
        writers = [self.number[base] for (base, _), ok in zip(reads, streamed, strict=True) if ok]
        joined = self.joined.setdefault(phase, UnionFind())
        meets = len({joined[writer] for writer in writers}) < len(writers)
        if meets and not all(
            vectors_of(value, self.options.lanes) <= self.options.fifo_vectors
            for value, ok in zip(op.operands, streamed, strict=True)
            if ok
        ):
            return phase + 1, [FLOW["memory"]] * len(reads)
        joined.union(number, *writers)
        how = FLOW["whole"] if meets else FLOW["stream"]
        return phase, [how if ok else FLOW["memory"] for ok in streamed]


def _needs_memory(op: ir.OpView, operand: int) -> bool:
    stage = STAGES.of(op)
    return stage is not None and operand in stage.at_random


def returned(function: func.FuncOp) -> list[ir.Value]:
    """The stages' values a function returns."""
    operations = function.entry_block.operations
    return [source_of_result(value) for value in operations[len(operations) - 1].operands]


def source_of_result(value: ir.Value) -> ir.Value:
    """A returned value behind a mere reshape."""
    return value.owner.source if isinstance(value.owner, mem.ViewOp) else value
