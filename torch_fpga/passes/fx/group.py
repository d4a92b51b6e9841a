"""Groups the nodes of a graph into super-nodes: what a fusing GPU compiler would make one kernel of.

Placement weighs super-nodes, not nodes: an op by itself would be charged a launch and a way through memory that
fusion saves. Elementwise chains, with at most one reduction among them, are one kernel; anything else (matmul, top-k,
gather) is a kernel of its own. A view belongs to its producer, the view of an input to its consumer.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum

import torch
from torch import fx

from torch_fpga.ops import nbytes, row_of
from torch_fpga.passes.fx.views import views_of, writes, written_by
from torch_fpga.reasons import Reason
from torch_fpga.targets.work import NOTHING, Work

SPACING = 1 << 10
"""Between the levels of groups, so that one can be raised above its neighbour without moving those above it."""


class Kind(Enum):
    VIEW = "view"
    MAP = "map"
    REDUCTION = "reduction"
    WRITE = "write"
    OPAQUE = "opaque"


@dataclasses.dataclass(slots=True)
class SuperNode:
    """One unit of placement.

    Attributes:
        id: its place in the list, which is in an order that the super-nodes can run in.
        nodes: its members, in graph order.
        work: what enters and leaves it; bytes that pass between its members do not count.
        support: None if the FPGA can run it, else why not.
        mutates: it writes into an input.
        is_view: it has only views.
        after: super-nodes that must run before it though it reads nothing of theirs: they read what it overwrites.
    """

    id: int
    nodes: list[fx.Node]
    work: Work
    support: Reason | None
    mutates: bool
    is_view: bool
    after: tuple[int, ...]


@dataclasses.dataclass(slots=True, eq=False)
class _Unit:
    """An op with its views and the parts of its result: never taken apart."""

    nodes: list[fx.Node]
    kind: Kind
    supported: bool


@dataclasses.dataclass(slots=True, eq=False)
class _Group:
    """Units of one kernel. Along every edge between groups ``level`` falls, which is why they form no cycle."""

    units: list[_Unit]
    kinds: set[Kind]
    supported: bool
    level: int
    lowest_producer: float = float("inf")  # a bound on the levels of the groups it reads from

    def takes(self, kind: Kind) -> bool:
        if self.kinds == {Kind.WRITE}:
            return True  # a write goes with the producer of the value, whatever that is
        if kind is Kind.VIEW:
            return True
        if kind is Kind.OPAQUE or Kind.OPAQUE in self.kinds:
            return False
        return kind is Kind.MAP or Kind.REDUCTION not in self.kinds


def group(graph: fx.GraphModule) -> list[SuperNode]:
    """Needs ``work``, ``support`` and ``is_view`` of the estimate."""
    units = _units(graph)
    unit_of = {node: unit for unit in units for node in unit.nodes}
    later = _later_writes(graph)
    group_of: dict[_Unit, _Group] = {}
    for unit in reversed(units):
        readers = [user for node in unit.nodes for user in node.users if unit_of.get(user) is not unit]
        writers = [writer for node in unit.nodes for writer in later[node] if unit_of[writer] is not unit]
        above = [group_of[unit_of[node]] for node in (*readers, *writers) if node in unit_of]
        # A value may well be written for others too, but a view joins its reader only if it has one and views an input.
        stays = unit.kind is Kind.VIEW and (
            len({unit_of.get(user) for user in readers}) > 1 or any(s in unit_of for s in unit.nodes[0].all_input_nodes)
        )
        choices = {} if stays else {id(g): g for node in readers if node in unit_of and (g := group_of[unit_of[node]])}
        group_of[unit] = _join(unit, choices.values(), above)
    return _super_nodes(graph, units, group_of, later)


def _units(graph: fx.GraphModule) -> list[_Unit]:
    unit_of: dict[fx.Node, _Unit] = {}
    units = []
    for node in graph.graph.nodes:
        if not node.op.startswith("call_"):
            continue
        supported = node.meta["support"] is None
        producer = unit_of.get(node.all_input_nodes[0]) if len(node.all_input_nodes) == 1 else None
        if node.meta["is_view"] and producer is not None and producer.supported == supported:
            producer.nodes.append(node)
            unit_of[node] = producer
        else:
            unit_of[node] = unit = _Unit([node], _kind(node), supported)
            units.append(unit)
    return units


def _kind(node: fx.Node) -> Kind:
    if node.meta["is_view"]:
        return Kind.VIEW
    if writes(node):
        return Kind.WRITE
    row = row_of(node)
    if row and row.stage == "composite":
        return Kind(row.kind)
    tags = getattr(node.target, "tags", ())
    if torch.Tag.pointwise in tags or (row and row.fusion == "map"):
        return Kind.MAP
    if torch.Tag.reduction in tags or (row and row.fusion == "reduction"):
        return Kind.REDUCTION
    return Kind.OPAQUE


def _later_writes(graph: fx.GraphModule) -> dict[fx.Node, list[fx.Node]]:
    """For each node, the writes that overwrite an input it reads, itself or through a view.

    A value that was written into the input earlier counts as a view of it: who reads the value may be given the input.
    """
    order = {node: i for i, node in enumerate(graph.graph.nodes)}
    later: dict[fx.Node, list[fx.Node]] = defaultdict(list)
    holds: dict[fx.Node, list[fx.Node]] = defaultdict(list)  # what an input's memory is known as
    for write in graph.graph.nodes:
        for written in written_by(write):
            known = holds[written] or [written]
            for view in (view for base in known for view in views_of(base)):
                for user in view.users:
                    if user is not write and user.op != "output" and order[user] < order[write]:
                        later[user].append(write)
            value = write.args[1] if write.target is torch.ops.aten.copy_.default else None
            holds[written] = [*known, value] if isinstance(value, fx.Node) else known
    return later


def _join(unit: _Unit, choices: Iterable[_Group], above: list[_Group]) -> _Group:
    """Puts ``unit`` into the highest group that takes it without a cycle, or into a new one."""
    for best in sorted(choices, key=lambda g: -g.level):
        others = [g for g in above if g is not best]
        level = max((best.level, *(g.level + 1 for g in others)))
        # A group may rise above its neighbours as long as it stays below all that it reads from.
        legal = level == best.level or level < best.lowest_producer
        if legal and best.supported == unit.supported and best.takes(unit.kind):
            best.units.append(unit)
            best.kinds.add(unit.kind)
            best.level = level
            break
    else:
        others = above
        level = max((g.level + SPACING for g in above), default=0)
        best = _Group([unit], {unit.kind}, unit.supported, level)
    for other in others:
        other.lowest_producer = min(other.lowest_producer, best.level)
    return best


def _super_nodes(
    graph: fx.GraphModule,
    units: list[_Unit],
    group_of: dict[_Unit, _Group],
    later: dict[fx.Node, list[fx.Node]],
) -> list[SuperNode]:
    order = {node: i for i, node in enumerate(graph.graph.nodes)}
    groups = {id(g): g for unit in units if (g := group_of[unit])}.values()
    members = {id(g): sorted((n for unit in g.units for n in unit.nodes), key=order.__getitem__) for g in groups}
    ranked = sorted(groups, key=lambda g: (-g.level, order[members[id(g)][0]]))
    id_of = {node: i for i, g in enumerate(ranked) for node in members[id(g)]}
    after: list[set[int]] = [set() for _ in ranked]
    for reader, writers in later.items():
        for writer in writers:
            if id_of[reader] != id_of[writer]:
                after[id_of[writer]].add(id_of[reader])
    return [
        SuperNode(
            id=i,
            nodes=(nodes := members[id(g)]),
            work=fused_work(nodes),
            support=next((s for node in nodes if (s := node.meta["support"]) is not None), None),
            mutates=any(map(writes, nodes)),
            is_view=g.kinds == {Kind.VIEW},
            after=tuple(sorted(after[i])),
        )
        for i, g in enumerate(ranked)
    ]


def fused_work(nodes: list[fx.Node]) -> Work:
    """Work of ``nodes`` in graph order as one kernel: what stays between them is left out, what several read counts
    once."""
    inside = set(nodes)
    made = _made_inside(nodes)
    total = NOTHING
    seen: set[fx.Node] = set()
    for node in nodes:
        work: Work = node.meta["work"]
        if node.meta["is_view"]:
            continue
        again = sum(_size(source) for source in node.all_input_nodes if source in made or source in seen)
        seen.update(node.all_input_nodes)
        written = work.bytes_written if _leaves(node, inside) else 0
        read = max(0, work.bytes_read - again)
        total += dataclasses.replace(
            work,
            bytes_read=read,
            bytes_written=written,
            gpu_kernels=0,
            sharded_bytes=work.sharded_bytes if work.sharded_bytes <= read else 0,
        )
    # A fused kernel is one launch; an op that takes several takes its views and its write along.
    return dataclasses.replace(total, gpu_kernels=max(node.meta["work"].gpu_kernels for node in nodes))


def _made_inside(nodes: list[fx.Node]) -> set[fx.Node]:
    """Members that hold what a member computed; the view of an input holds what comes from outside."""
    made: set[fx.Node] = set()
    for node in nodes:
        if not node.meta["is_view"] or any(source in made for source in node.all_input_nodes):
            made.add(node)
    return made


def _leaves(node: fx.Node, inside: set[fx.Node]) -> bool:
    """Somebody outside reads the value, itself or through a view; a write into an input counts as read."""
    if writes(node):
        return True
    return any(user not in inside or (user.meta["is_view"] and _leaves(user, inside)) for user in node.users)


def _size(node: fx.Node) -> int:
    value = node.meta.get("val")
    return nbytes(value) if isinstance(value, torch.Tensor) else 0
