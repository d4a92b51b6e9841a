"""Who is at the ends of streams, and who shares a memory within a phase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.lint.design import Design, Node
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding


def stream_ends(design: Design, limits: Limits) -> Iterator[Finding]:
    """A stream has one writer and one reader, in one phase, and the writer comes first."""
    writers: dict[Any, list[Node]] = defaultdict(list)
    readers: dict[Any, list[Node]] = defaultdict(list)
    order = {node: number for number, node in enumerate(design.nodes)}
    for node in design.nodes:
        for stream in node.writes:
            writers[stream].append(node)
        for stream in node.reads:
            readers[stream].append(node)
    for op in design.streams:
        name, ends = op.name.value, (writers[op.res], readers[op.res])
        for what, nodes in zip(("written", "read"), ends, strict=True):
            if len(nodes) != 1:
                by = " and ".join(f'"{node.label}"' for node in nodes) or "nobody"
                yield _refused(nodes[-1:] or ends[0] or ends[1], name, f"stream {name} is {what} by {by}")
        if len(ends[0]) == len(ends[1]) == 1 and order[ends[0][0]] >= order[ends[1][0]]:
            what = f"stream {name} goes back from {ends[0][0].label!r} to {ends[1][0].label!r}, called before it"
            yield _refused(ends[1], name, what)


def _refused(nodes: list[Node], name: str, what: str) -> Finding:
    return Finding(
        "stream-ends",
        "error",
        (nodes[0].label if nodes else name,),
        nodes[0].source if nodes else "",
        what,
        "a channel of a dataflow region joins one task that writes to one that reads and is called later; HLS refuses"
        " the region or runs its tasks one after the other",
        "copy the stream with a fork, one output a reader",
    )


def shared_memory(design: Design, limits: Limits) -> Iterator[Finding]:
    """Within a phase a port belongs to one task, and an array on the chip to one writer and one reader."""
    for phase in design.phases:
        users: dict[Any, list[Node]] = defaultdict(list)
        for node in phase:
            for memory in node.memories:
                users[memory.res].append(node)
        for memory, nodes in users.items():
            port = isinstance(memory.owner, hls.PortOp)
            name = memory.owner.name.value
            several = nodes if port else max(([n for n in nodes if n.stores is way] for way in (True, False)), key=len)
            if len(several) > 1:
                yield Finding(
                    "shared-memory",
                    "error",
                    tuple(node.label for node in reversed(several)),
                    several[-1].source,
                    f"{'port' if port else 'buffer'} {name} is used by {len(several)} tasks of one phase",
                    "tasks of a dataflow region that share a memory cannot run at once: HLS refuses the region or runs"
                    " them one after the other",
                    "give each task a port of its own" if port else "keep it in memory, with a port for each task",
                )
