"""Two devices for many super-nodes at the least cost: a minimum cut (networkx, Boykov-Kolmogorov).

The source side is the GPU, the sink side the FPGA. A super-node on the GPU cuts its edge to the sink, one on the
FPGA its edge from the source. A tensor crosses the link once however many read it over there: its readers hang on
an auxiliary node, and only the edge between that and the producer has a price.

Capacities are whole numbers, because float sums would leave saturated edges that do not look saturated.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence

import networkx as nx
from networkx.algorithms.flow import boykov_kolmogorov

UNITS = 1_000_000
"""Capacity units of one unit of cost: picoseconds of a microsecond, picojoules of a microjoule."""

Cost = tuple[float, float]
"""What a super-node costs on the GPU and on the FPGA; infinite where it cannot be."""


@dataclasses.dataclass(frozen=True, slots=True)
class LinkTensor:
    """A tensor that one super-node makes and others read.

    Attributes:
        producer: its super-node; None for an activation that comes in, which lies on the GPU.
        readers: super-nodes that read it.
        output: the graph returns it, so the GPU needs it.
        nbytes: its size.
        to_fpga: what it costs to bring it from the GPU to the FPGA.
        to_gpu: what it costs the other way.
    """

    producer: int | None
    readers: tuple[int, ...]
    output: bool
    nbytes: int
    to_fpga: float
    to_gpu: float


def minimum_cut(costs: Sequence[Cost], tensors: Sequence[LinkTensor]) -> tuple[float, list[bool]]:
    """The least total cost, and for every super-node whether it goes to the FPGA. A tie stays on the GPU."""
    net = nx.DiGraph()
    net.add_nodes_from(("gpu", "fpga"))
    for a, b, capacity in _edges(costs, tensors):
        if not capacity:
            continue
        if not net.has_edge(a, b):
            net.add_edge(a, b, capacity=0)
        net[a][b]["capacity"] += capacity
    _, (_, sink) = nx.minimum_cut(net, "gpu", "fpga", flow_func=boykov_kolmogorov)
    on_fpga = [i in sink for i in range(len(costs))]
    return cut_cost(costs, tensors, on_fpga), on_fpga


def cut_cost(costs: Sequence[Cost], tensors: Sequence[LinkTensor], on_fpga: Sequence[bool]) -> float:
    """The cost of a given choice."""
    return sum(cost[chosen] for cost, chosen in zip(costs, on_fpga, strict=True)) + link_cost(tensors, on_fpga)


def link_cost(tensors: Iterable[LinkTensor], on_fpga: Sequence[bool]) -> float:
    """What of it is the link's."""
    crossing = (tensor for tensor in tensors if crosses(tensor, on_fpga))
    return sum(tensor.to_gpu if starts_on_fpga(tensor, on_fpga) else tensor.to_fpga for tensor in crossing)


def crosses(tensor: LinkTensor, on_fpga: Sequence[bool]) -> bool:
    """Somebody needs the tensor on the device it is not made on."""
    if starts_on_fpga(tensor, on_fpga):
        return tensor.output or not all(on_fpga[reader] for reader in tensor.readers)
    return any(on_fpga[reader] for reader in tensor.readers)


def starts_on_fpga(tensor: LinkTensor, on_fpga: Sequence[bool]) -> bool:
    """It is made there; what comes in lies on the GPU."""
    return tensor.producer is not None and on_fpga[tensor.producer]


def _edges(costs: Sequence[Cost], tensors: Sequence[LinkTensor]) -> Iterator[tuple[object, object, float]]:
    for i, (on_gpu, on_fpga) in enumerate(costs):
        yield i, "fpga", _units(on_gpu)
        yield "gpu", i, _units(on_fpga)
    for number, tensor in enumerate(tensors):
        producer: object = "gpu" if tensor.producer is None else tensor.producer
        there: object = ("to fpga", number)
        yield producer, there, _units(tensor.to_fpga)
        for reader in tensor.readers:
            yield there, reader, math.inf
        if tensor.producer is None:
            continue
        back: object = "gpu" if tensor.output else ("to gpu", number)
        yield back, producer, _units(tensor.to_gpu)
        if not tensor.output:
            for reader in tensor.readers:
                yield reader, back, math.inf


def _units(cost: float) -> float:
    return cost if math.isinf(cost) else round(cost * UNITS)
