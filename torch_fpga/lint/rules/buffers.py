"""Memories on the chip: whether as many elements can be accessed in a cycle as a stream brings."""

from __future__ import annotations

from collections.abc import Iterator

from torch_fpga.dialects import hls
from torch_fpga.lint.design import Design
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding

PORTS = 2
"""Of a memory on the chip."""


def buffer_ports(design: Design, limits: Limits) -> Iterator[Finding]:
    """A buffer between phases is one memory with two ports; a vector of more lanes takes several cycles."""
    for node in design.nodes:
        for memory in node.memories:
            if not isinstance(memory, hls.BufferOp) or node.lanes <= PORTS:
                continue
            if not isinstance(node.op, (hls.LoadRowsOp, hls.StoreRowsOp)):
                continue  # it accesses one element a cycle anyway
            name = memory.name.value
            yield Finding(
                "buffer-ports",
                "slow",
                (node.label, name),
                node.source,
                f"buffer {name} is one memory of {PORTS} ports, and vectors have {node.lanes} lanes",
                f"a vector takes {-(-node.lanes // PORTS)} cycles instead of one",
                f"partition it cyclically by {node.lanes}, or make its elements whole vectors",
            )


def array_banks(design: Design, limits: Limits) -> Iterator[Finding]:
    """An array of a task is in as many memories as it is given lanes a cycle."""
    for node in design.nodes:
        for array in node.cost.arrays:
            lanes = min(array.at_once or node.lanes, array.elements)
            if array.registers or array.banks * PORTS >= lanes:
                continue
            yield Finding(
                "array-banks",
                "slow",
                (node.label,),
                node.source,
                f"array {array.name} of {node.task.template} is in {array.banks} memories of {PORTS} ports, and"
                f" vectors have {lanes} lanes",
                f"a vector takes up to {-(-lanes // (PORTS * array.banks))} cycles to be kept",
                f"partition {array.name} cyclically by the lanes",
            )
