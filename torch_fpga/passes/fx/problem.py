"""What there is to place: super-nodes, what must run before what, and the tensors that may have to cross the link."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import torch
from torch import fx

from torch_fpga.ops import nbytes
from torch_fpga.options import Options
from torch_fpga.passes.fx.group import SuperNode, group
from torch_fpga.passes.fx.mincut import LinkTensor
from torch_fpga.passes.fx.views import written_by
from torch_fpga.targets.fpga import Fpga, load_target
from torch_fpga.targets.gpu import Gpu, load_host
from torch_fpga.targets.launch import launching, started
from torch_fpga.targets.link import Link, load_link

Choice = tuple[bool, ...]
"""For every super-node, whether it is on the FPGA."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """A graph to place, and the devices.

    Attributes:
        nodes: super-nodes in an order that they can run in; a super-node's id is its place.
        edges: (earlier, later) pairs of super-nodes.
        tensors: what may cross the link, priced in us.
        resident: parameters and buffers that nobody writes into: both devices have them.
        order: of the graph's nodes.
        gpu: the host's.
        fpga: the card, its launch as ``launch`` has it.
        link: between them.
        launch: the option.
    """

    nodes: list[SuperNode]
    edges: list[tuple[int, int]]
    tensors: list[LinkTensor]
    resident: set[fx.Node]
    order: dict[fx.Node, int]
    gpu: Gpu
    fpga: Fpga
    link: Link
    launch: str

    @staticmethod
    def of(graph: fx.GraphModule, options: Options) -> Problem:
        """Needs what ``estimate`` writes on the nodes, and ``graph.meta["resident"]``."""
        nodes = group(graph)
        id_of = {node: s.id for s in nodes for node in s.nodes}
        link, card = load_link(options.host, options.target), load_target(options.target)
        resident = _resident(graph, nodes)
        found = (_tensor(node, id_of, link) for node in graph.graph.nodes if node not in resident)
        return Problem(
            nodes=nodes,
            edges=_edges(nodes, id_of),
            tensors=[tensor for tensor in found if tensor is not None],
            resident=resident,
            order={node: i for i, node in enumerate(graph.graph.nodes)},
            gpu=load_host(options.host),
            fpga=started(card, launching(options.launch, options.target, card)),
            launch=options.launch,
            link=link,
        )

    def can_move(self, node: SuperNode) -> bool:
        """The FPGA can run it."""
        return node.support is None and not node.mutates

    def members(self, ids: Iterable[int]) -> list[fx.Node]:
        """The nodes of super-nodes, in graph order."""
        return sorted((node for i in ids for node in self.nodes[i].nodes), key=self.order.__getitem__)

    def resident_inputs(self, nodes: Iterable[fx.Node]) -> set[fx.Node]:
        """The parameters and buffers that nodes read."""
        read = {source for node in nodes for source in node.all_input_nodes if source in self.resident}
        return {source for source in read if isinstance(source.meta.get("val"), torch.Tensor)}

    def passing_bytes(self, nodes: Iterable[fx.Node]) -> int:
        """Bytes of the tensors, other than parameters, that a region of ``nodes`` takes and gives."""
        inside = set(nodes)
        given = {node for node in inside if any(user not in inside for user in node.users)}
        taken = {source for node in inside for source in node.all_input_nodes} - inside - self.resident
        values = [node.meta.get("val") for node in given | taken]
        return sum(nbytes(value) for value in values if isinstance(value, torch.Tensor))


def _resident(graph: fx.GraphModule, nodes: list[SuperNode]) -> set[fx.Node]:
    names = graph.meta.get("resident", set())
    # The GPU writes into a mutated buffer, so the FPGA has no valid copy of it.
    written = {argument for s in nodes if s.mutates for node in s.nodes for argument in written_by(node)}
    inputs = graph.graph.find_nodes(op="placeholder", sort=False)
    constants = graph.graph.find_nodes(op="get_attr", sort=False)
    return {n for n in inputs if n.name in names and n not in written} | set(constants)


def _tensor(node: fx.Node, id_of: dict[fx.Node, int], link: Link) -> LinkTensor | None:
    value = node.meta.get("val")
    if not isinstance(value, torch.Tensor):
        return None
    producer = id_of.get(node)
    readers = {id_of[user] for user in node.users if user in id_of} - {producer}
    output = producer is not None and any(user.op == "output" for user in node.users)
    if not readers and not output:
        return None
    size = nbytes(value)
    prices = link.time_us(size, "to_fpga"), link.time_us(size, "to_gpu")
    return LinkTensor(producer, tuple(sorted(readers)), output, size, *prices)


def _edges(nodes: list[SuperNode], id_of: dict[fx.Node, int]) -> list[tuple[int, int]]:
    edges = {(before, s.id) for s in nodes for before in s.after}
    for node, producer in id_of.items():
        edges.update((producer, id_of[user]) for user in node.users if user in id_of)
    return sorted((a, b) for a, b in edges if a != b)
