"""FIFOs on paths that part and meet again: whether each holds what passes while the other path holds back."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Iterator

import networkx as nx

from torch_fpga.dialects.mlir import ir
from torch_fpga.lint.design import Design, Node
from torch_fpga.lint.held import before_first
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding


@dataclasses.dataclass(frozen=True, eq=False)
class Edge:
    """A stream from one task to another: the operand it is of each, and the vectors that it holds and that pass."""

    source: Node
    reader: Node
    name: str
    written_as: str
    read_as: str
    depth: int
    vectors: int

    @staticmethod
    def of(source: Node, reader: Node, stream: ir.Value) -> Edge:
        op = stream.owner
        ends = source.name_of(stream), reader.name_of(stream)
        return Edge(source, reader, op.name.value, *ends, op.depth.value, max(op.vectors.value, 1))


def shallow_fifo(design: Design, limits: Limits) -> Iterator[Finding]:
    """Where a path holds vectors back, the other path from the same task holds as many, or nobody can go on."""
    for phase in design.phases:
        graph = nx.MultiDiGraph()
        graph.add_nodes_from(phase)
        writer = {stream: node for node in phase for stream in node.writes}
        for node in phase:
            for stream in node.reads:
                if stream in writer:
                    graph.add_edge(writer[stream], node, stream=Edge.of(writer[stream], node, stream))
        if not nx.is_directed_acyclic_graph(graph):
            continue  # the rule of stream ends names it
        network = _Network(graph)
        for meeting in phase:
            for waiting, late in itertools.permutations(network.into[meeting], 2):
                yield from network.shallow(meeting, waiting, late)


class _Network:
    """The tasks of a phase, joined by streams.

    Sets of tasks are bits of integers, by the number of a task in topological order: joins of sixty streams are met,
    each with each, and what lies on the ways between two streams is asked for each pair.
    """

    def __init__(self, graph: nx.MultiDiGraph) -> None:
        self.tasks: list[Node] = list(nx.topological_sort(graph))
        self.into = {node: [edge for *_, edge in graph.in_edges(node, data="stream")] for node in graph}
        self.out_of = {node: [edge for *_, edge in graph.out_edges(node, data="stream")] for node in graph}
        self.behind = {node: 1 << i for i, node in enumerate(self.tasks)}  # with itself
        self.ahead = dict(self.behind)
        for node in self.tasks:
            for edge in self.into[node]:
                self.behind[node] |= self.behind[edge.source]
        for node in reversed(self.tasks):
            for edge in self.out_of[node]:
                self.ahead[node] |= self.ahead[edge.reader]
        self.partings = [node for node in graph if len(self.out_of[node]) > 1]
        self.ways_to: dict[Edge, dict[Node, list[tuple[Edge, int]]]] = {}
        self.first_read: dict[Edge, Counter[str]] = {}
        self.first_written: dict[Edge, Counter[str]] = {}

    def shallow(self, meeting: Node, waiting: Edge, late: Edge) -> Iterator[Finding]:
        """Paths to ``waiting`` that are full before the path to ``late`` gives what ``meeting`` takes first."""
        needed = self.needed(meeting, waiting, late)
        if needed == 0:
            return
        short, long = self.ways(waiting), self.ways(late)
        for parting in short:
            for (out, inside), (back, inside_back) in itertools.product(short[parting], long.get(parting, ())):
                shared = inside & inside_back
                if out is back:
                    continue
                room = self.room(out, waiting, inside & ~shared)
                if room is None or room >= out.vectors:
                    continue
                held = self.held(back, late, inside_back & ~shared, needed)
                if held is None:
                    continue
                given = max(held * out.vectors / back.vectors, self.before_writing(back).get(out.written_as, 0))
                vectors = min(given, out.vectors)
                if room < vectors:
                    yield _finding(parting, meeting, waiting, late, room, vectors)

    def needed(self, meeting: Node, waiting: Edge, late: Edge) -> float:
        """Vectors of ``late`` that a task takes until, or as, it takes the first of ``waiting``."""
        if waiting.read_as == late.read_as:  # the streams of one operand are read together
            return 1
        if waiting not in self.first_read:
            self.first_read[waiting] = before_first(meeting.cost, read=waiting.read_as)
        return self.first_read[waiting].get(late.read_as, 0)

    def ways(self, end: Edge) -> dict[Node, list[tuple[Edge, int]]]:
        """For each task with several outputs those that lead to a stream, and the tasks on the ways between the two."""
        if end not in self.ways_to:
            self.ways_to[end] = {}
            for parting in self.partings:
                outs = [edge for edge in self.out_of[parting] if edge is end or self.between(edge, end)]
                if outs:
                    self.ways_to[end][parting] = [(edge, self.between(edge, end)) for edge in outs]
        return self.ways_to[end]

    def between(self, start: Edge, end: Edge) -> int:
        """The tasks on the ways from one stream to another; none if they are the same."""
        return 0 if start is end else self.ahead[start.reader] & self.behind[end.source]

    def inside(self, tasks: int) -> Iterator[Node]:
        """A set of tasks, in topological order."""
        while tasks:
            lowest = tasks & -tasks
            yield self.tasks[lowest.bit_length() - 1]
            tasks ^= lowest

    def room(self, start: Edge, end: Edge, inside: int) -> float | None:
        """Vectors of ``start`` that go into the path up to ``end`` while nobody reads that; None without a path."""
        room = {end: float(end.depth)}
        for node in reversed(list(self.inside(inside))):
            outs = [out for out in self.out_of[node] if out in room]
            for edge in self.into[node] if outs else ():
                # A task stands when any of its outputs has no room for one vector more.
                taken = min(self._taken(edge, out, room[out] + 1) for out in outs)
                room[edge] = min(edge.depth + taken, edge.vectors)
        return room.get(start)

    def _taken(self, edge: Edge, out: Edge, count: float) -> int:
        """Vectors of an input that a task takes to give ``count`` vectors of an output."""
        more = (count - 1) * edge.vectors / out.vectors
        return math.ceil(self.before_writing(out).get(edge.read_as, 0) + more)

    def held(self, start: Edge, end: Edge, inside: int, needed: float) -> float | None:
        """Vectors of ``start`` that are taken until ``needed`` vectors of ``end`` are there; None without a path."""
        taken = {end: needed}
        for node in reversed(list(self.inside(inside))):
            for out in self.out_of[node]:
                if out not in taken:
                    continue
                for edge in self.into[node]:
                    taken[edge] = max(taken.get(edge, 0), self._taken(edge, out, taken[out]))
        return taken.get(start)

    def before_writing(self, out: Edge) -> Counter[str]:
        """What a task takes and gives until it first writes a stream."""
        if out not in self.first_written:
            self.first_written[out] = before_first(out.source.cost, write=out.written_as)
        return self.first_written[out]


def _finding(parting: Node, meeting: Node, waiting: Edge, late: Edge, room: float, vectors: float) -> Finding:
    name = waiting.name
    giver = "itself" if late.source is parting else repr(late.source.label)
    return Finding(
        "shallow-fifo",
        "error",
        tuple(dict.fromkeys((meeting.label, late.source.label, parting.label))),
        meeting.source,
        f"the path from {parting.label!r} through {name} holds {room:,.0f} vectors, and {giver} gives what"
        f" {meeting.label!r} waits for after {vectors:,.0f}",
        f"{parting.label!r} waits for room in {name}, and {meeting.label!r} for {late.name}, which"
        f" needs more from {parting.label!r}: a deadlock",
        f"make {name} {vectors:,.0f} vectors deep, or keep the value in memory between two phases",
    )
