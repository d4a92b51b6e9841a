"""Memory that one task writes and another reads through a pointer of its own."""

from __future__ import annotations

from collections.abc import Iterator

from torch_fpga.dialects import hls
from torch_fpga.lint.design import Design
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding


def phase_race(design: Design, limits: Limits) -> Iterator[Finding]:
    """What lies behind two pointers is written through one and read through the other: nothing orders the two."""
    uses = [
        (node, memory)
        for node in design.nodes
        for memory in node.memories
        if isinstance(memory, hls.PortOp) and memory.role.value != "in"
    ]
    for reader, read in uses:
        for writer, written in uses:
            one_memory = (read.role.value, read.arg.value) == (written.role.value, written.arg.value)
            if reader.stores or not writer.stores or not one_memory or read.res == written.res:
                continue
            yield Finding(
                "phase-race",
                "error",
                (reader.label, writer.label),
                reader.source,
                f"{reader.label!r} reads through {read.name.value} what {writer.label!r} writes through"
                f" {written.name.value}",
                "HLS takes different pointers for independent memory and schedules functions in parallel where it can,"
                " so that values may be read before they are written (AMD UG1399, m_axi and pragma HLS alias)",
                "use one port for both, an alias pragma, or a token that the reader waits for",
            )
