"""Memory that one task writes and another uses without having to wait for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import networkx as nx

from torch_fpga.dialects import hls
from torch_fpga.lint.design import Design, Node
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding

Use = tuple[Node, Any]
"""A task, and a port or a buffer that it accesses."""


def phase_race(design: Design, limits: Limits) -> Iterator[Finding]:
    """Where two tasks use one memory and one writes it, something orders their phases: a pointer that both have."""
    uses: list[Use] = [(node, memory) for node in design.nodes for memory in node.memories]
    orders = _orders(design, uses)
    ports = [(node, memory) for node, memory in uses if isinstance(memory, hls.PortOp) and memory.role.value != "in"]
    for (first, there), (then, here) in itertools.permutations(ports, 2):
        one_memory = (there.role.value, there.arg.value) == (here.role.value, here.arg.value)
        if not one_memory or not (first.stores or then.stores) or _in_order(first, then, orders):
            continue
        uses_it, used_it = "writes" if then.stores else "reads", "writes" if first.stores else "reads"
        yield Finding(
            "phase-race",
            "error",
            (then.label, first.label),
            then.source,
            f"{then.label!r} {uses_it} through {here.name.value} what {first.label!r} {used_it} through"
            f" {there.name.value}",
            "HLS takes different pointers for independent memory and schedules functions in parallel where it can, so"
            " that values may be read before they are written (AMD UG1399, m_axi and pragma HLS alias)",
            "have both phases access the memory through one pointer, beside those that they have of their own",
        )


def _orders(design: Design, uses: list[Use]) -> nx.DiGraph:
    """From each phase to those that wait for it: later ones that share a port or a buffer which one of them writes."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(design.phases)))
    by_memory: dict[Any, list[Node]] = {}
    for node, memory in uses:
        by_memory.setdefault(memory.res, []).append(node)
    for nodes in by_memory.values():
        for first, then in itertools.permutations(nodes, 2):
            if first.phase < then.phase and (first.stores or then.stores):
                graph.add_edge(first.phase, then.phase)
    return nx.transitive_closure_dag(graph)


def _in_order(first: Node, then: Node, orders: nx.DiGraph) -> bool:
    """Whether a pair is none to name: ordered, the wrong way round, or parts that two tasks of a phase write."""
    if first.phase == then.phase:
        return not first.stores or then.stores
    return first.phase > then.phase or orders.has_edge(first.phase, then.phase)
