"""FIFOs on paths that part and meet again: whether each holds what passes while the other path holds back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import networkx as nx

from torch_fpga.dialects.mlir import ir
from torch_fpga.lint.design import Design, Node
from torch_fpga.lint.held import before_first
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding

Edge = tuple[Node, Node, ir.Value]

# Each pair of ways is followed, which takes a second for so many tasks and minutes for three times as many.
_MOST_TASKS = 48


def shallow_fifo(design: Design, limits: Limits) -> Iterator[Finding]:
    """Where a path holds vectors back, the other path from the same task holds as many, or nobody can go on."""
    for phase in design.phases:
        if len(phase) > _MOST_TASKS:
            yield _not_looked_at(phase)
            continue
        network = _Network(phase)
        if not nx.is_directed_acyclic_graph(network.graph):
            continue  # the rule of stream ends names it
        for meeting in phase:
            for waiting, late in itertools.permutations(network.into(meeting), 2):
                yield from network.shallow(meeting, waiting, late)


class _Network:
    """The tasks of a phase, joined by streams."""

    def __init__(self, phase: list[Node]) -> None:
        self.graph = nx.MultiDiGraph()
        self.graph.add_nodes_from(phase)
        writer = {stream: node for node in phase for stream in node.writes}
        for node in phase:
            for stream in node.reads:
                if stream in writer:
                    self.graph.add_edge(writer[stream], node, stream=stream)
        self.behind = {node: nx.ancestors(self.graph, node) for node in phase}

    def into(self, node: Node) -> list[Edge]:
        return list(self.graph.in_edges(node, data="stream"))

    def out_of(self, node: Node) -> list[Edge]:
        return list(self.graph.out_edges(node, data="stream"))

    def shallow(self, meeting: Node, waiting: Edge, late: Edge) -> Iterator[Finding]:
        """Paths to ``waiting`` that are full before the path to ``late`` gives what ``meeting`` takes first."""
        needed = _needed(meeting, waiting[2], late[2])
        if needed == 0:
            return
        for parting in sorted(self.behind[meeting], key=list(self.graph).index):
            outs = self.out_of(parting)
            if len(outs) < 2:
                continue
            short = [(out, self.between(out, waiting)) for out in outs if self.leads(out, waiting)]
            long = [(out, self.between(out, late)) for out in outs if self.leads(out, late)]
            for (out, inside), (back, inside_back) in itertools.product(short, long):
                shared = inside & inside_back
                if out[2] == back[2]:
                    continue
                room = self.room(out, waiting, inside - shared)
                held = self.held(back, late, inside_back - shared, needed)
                if room is None or held is None:
                    continue
                vectors = min(held * _vectors(out[2]) / _vectors(back[2]), _vectors(out[2]))
                if room < vectors:
                    yield _finding(parting, meeting, waiting, late, room, vectors)

    def leads(self, start: Edge, end: Edge) -> bool:
        """Whether there is a way from one stream to another, or they are the same."""
        return start[2] == end[2] or start[1] == end[0] or start[1] in self.behind[end[0]]

    def between(self, start: Edge, end: Edge) -> set[Node]:
        """The tasks on the ways from one stream to another; none if they are the same."""
        if start[2] == end[2]:
            return set()
        return {node for node in (end[0], *self.behind[end[0]]) if node is start[1] or start[1] in self.behind[node]}

    def room(self, start: Edge, end: Edge, inside: set[Node]) -> float | None:
        """Vectors of ``start`` that the shallowest path up to ``end`` holds; None if there is no path."""
        depth = {start[2]: float(start[2].owner.depth.value)}
        for node in nx.topological_sort(self.graph.subgraph(inside)):
            full = [depth[stream] for _, _, stream in self.into(node) if stream in depth]
            for _, _, stream in self.out_of(node) if full else ():
                depth[stream] = min(full) + stream.owner.depth.value * _vectors(start[2]) / _vectors(stream)
        return depth.get(end[2])

    def held(self, start: Edge, end: Edge, inside: set[Node], needed: float) -> float | None:
        """Vectors of ``start`` that are taken until ``needed`` vectors of ``end`` are there; None without a path."""
        taken = {end[2]: needed}
        for node in reversed(list(nx.topological_sort(self.graph.subgraph(inside)))):
            for _, _, out in self.out_of(node):
                if out not in taken:
                    continue
                first = before_first(node.cost, write=node.name_of(out))
                for _, _, stream in self.into(node):
                    more = (taken[out] - 1) * _vectors(stream) / _vectors(out)
                    count = math.ceil(first.get(node.name_of(stream), 0) + more)
                    taken[stream] = max(taken.get(stream, 0), count)
        return taken.get(start[2])


def _not_looked_at(phase: list[Node]) -> Finding:
    return Finding(
        "shallow-fifo",
        "note",
        (phase[0].label,),
        phase[0].source,
        f"a phase of {len(phase)} tasks was not looked at",
        f"every pair of ways is followed, which takes too long for more than {_MOST_TASKS} tasks",
        "run the kernel with TORCH_FPGA_STRICT=1, which has its FIFOs as deep as they are",
    )


def _needed(meeting: Node, waiting: ir.Value, late: ir.Value) -> float:
    """Vectors of ``late`` that a task takes until, or as, it takes the first of ``waiting``."""
    name, other = meeting.name_of(waiting), meeting.name_of(late)
    # The streams of one operand are read together.
    return 1 if name == other else before_first(meeting.cost, read=name).get(other, 0)


def _vectors(stream: ir.Value) -> int:
    return max(int(stream.owner.vectors.value), 1)


def _finding(parting: Node, meeting: Node, waiting: Edge, late: Edge, room: float, vectors: float) -> Finding:
    name = waiting[2].owner.name.value
    giver = "itself" if late[0] is parting else repr(late[0].label)
    return Finding(
        "shallow-fifo",
        "error",
        tuple(dict.fromkeys((meeting.label, late[0].label, parting.label))),
        meeting.source,
        f"the path from {parting.label!r} through {name} holds {room:,.0f} vectors, and {giver} gives what"
        f" {meeting.label!r} waits for after {vectors:,.0f}",
        f"{parting.label!r} waits for room in {name}, and {meeting.label!r} for {late[2].owner.name.value}, which"
        f" needs more from {parting.label!r}: a deadlock",
        f"make {name} {vectors:,.0f} vectors deep, or keep the value in memory between two phases",
    )
