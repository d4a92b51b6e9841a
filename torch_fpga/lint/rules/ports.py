"""Ports to device memory: how many there are, how wide accesses are, and where they begin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.dialects.lanes import bytes_of
from torch_fpga.lint.design import Design, Move, Node
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding, Severity

SMALL = 4096
"""Bytes that are a single burst at most: how they are moved hardly counts."""


def port_count(design: Design, limits: Limits) -> Iterator[Finding]:
    """A kernel has no more bundles than the memory has channels, and of each one task reads and one writes."""
    names = tuple(dict.fromkeys(port.bundle.value for port in design.ports))
    if len(names) > limits.ports:
        yield Finding(
            "port-count",
            "error",
            names[limits.ports :],
            "",
            f"the kernel has {len(names)} bundles of ports, and the memory has channels for {limits.ports}",
            "v++ cannot link a kernel with more ports than that (AMD UG1393)",
            "have tasks of different phases use one port, or cut the region in two",
        )
    users: dict[tuple[int, str, bool], dict[str, list[str]]] = {}
    for node in design.nodes:
        for port in node.memories:
            if isinstance(port, hls.PortOp):
                same = users.setdefault((node.phase, port.bundle.value, node.stores), {})
                same.setdefault(node.label, []).append(port.name.value)
    for (_, bundle, stores), tasks in users.items():
        if len(tasks) > 1:
            sharing = [name for names in tasks.values() for name in names]
            yield Finding(
                "port-count",
                "slow",
                tuple(sharing),
                "",
                f"{len(tasks)} tasks {'write' if stores else 'read'} through the bundle {bundle!r}",
                "their accesses go through one side of an adapter, one after the other",
                "give each port a bundle of its own",
            )


def _by_port(node: Node) -> list[list[Move]]:
    """What a task moves, apart for each of its ports."""
    moves: dict[str, list[Move]] = {}
    for move in node.moves():
        moves.setdefault(move.port.name.value, []).append(move)
    return list(moves.values())


def _severity(moves: list[Move]) -> Severity:
    return "slow" if sum(move.bytes for move in moves) > SMALL else "note"


def port_width(design: Design, limits: Limits) -> Iterator[Finding]:
    """Most of what goes through a port is moved in accesses as wide as the port can be."""
    for node in design.nodes:
        for moves in _by_port(node):
            most = max(moves, key=lambda move: move.bytes)
            if most.access.bits >= limits.port_bits:
                continue
            yield Finding(
                "port-width",
                _severity(moves),
                (node.label,),
                node.source,
                f"{most.access.bits} bits an access of {most.loop.label}, and a port can have {limits.port_bits}",
                most.loop.why or f"the port gives one access a cycle, here {most.access.bits // 8} bytes",
                "make the pointer one to whole vectors, and lay rows out so that each begins at one"
                if isinstance(node.op, (hls.LoadRowsOp, hls.StoreRowsOp))
                else "lay the data out in the order in which it is read",
            )


def two_widths(design: Design, limits: Limits) -> Iterator[Finding]:
    """All accesses to a port are of one width."""
    for node in design.nodes:
        for moves in _by_port(node):
            loops = {move.loop.label: move for move in moves}
            if len(loops) < 2:
                continue
            yield Finding(
                "two-widths",
                _severity(moves),
                (node.label,),
                node.source,
                f"{' and '.join(loops)} access one port, the one by vectors and the other by elements",
                "HLS gives a port the width of its narrowest access, and a burst ends where the width changes",
                "pad rows to whole vectors, and leave out the lanes past the end on the chip",
            )


def alignment(design: Design, limits: Limits) -> Iterator[Finding]:
    """Rows begin at whole beats of the port, and HLS can prove that they do."""
    for node in design.nodes:
        ports = [memory for memory in node.memories if isinstance(memory, hls.PortOp)]
        if not ports or not hasattr(node.op, "row_stride"):
            continue
        (port,) = ports
        beat, size = limits.port_bits // 8, bytes_of(port.res.type.element)
        for reason in _unaligned(node.op, size, beat):
            yield Finding(
                "alignment",
                _severity(list(node.moves())),
                (node.label,),
                node.source,
                reason,
                f"an access that lies across two beats of {beat} bytes takes both, and HLS widens no port whose"
                " accesses it cannot prove to be aligned",
                f"lay each row out at a multiple of {beat} bytes, with a stride that is known when it is compiled",
            )


def _unaligned(op: Any, size: int, beat: int) -> Iterator[str]:
    rows = getattr(op, "rows", None) or op.count
    if getattr(op, "stride", None) is not None:
        yield "rows are as far apart as an argument says at the launch"
    elif rows.value > 1 and op.row_stride.value * size % beat:
        yield f"rows are {op.row_stride.value * size} bytes apart, which is no multiple of {beat}"
    if op.offset.value * size % beat:
        yield f"the first row begins at byte {op.offset.value * size}, which is no multiple of {beat}"
