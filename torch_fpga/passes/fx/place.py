"""Decides what runs on the FPGA and in which order, so that the sum of all costs is the least.

1. ``group`` joins nodes to super-nodes, the units of placement: what one fused kernel of the GPU computes.
2. A policy gives every super-node n a cost on the GPU and one on the FPGA, and the link gives every tensor a cost for
   crossing. ``minimum_cut`` chooses the device d(n) of every super-node such that

       sum over n of cost(n, d(n))  +  sum over tensors that cross of link(bytes)

   is the least. A super-node that the FPGA cannot run costs infinity there. A tensor crosses at most once each way,
   however many read it. Parameters and buffers that nobody writes into do not cross: both devices have them after the
   first load.
3. ``stages_of`` and ``regions_of`` order the choice: stages alternate between the devices, and what is connected in
   a stage becomes a region, which an FPGA runs in one launch.
4. The cut knows no launches, because their number is known only after step 3. A region whose gain, with its launch, is
   not above 0 (or below ``min_partition_gain``) goes back to the GPU, and so does what the card's memory has no room
   for. Then step 3 is done again, until nothing goes back.

Every node gets its device, stage, region and reason in ``node.meta``.

The default policy is ``memory_bound``. With t(n, d) for the modelled time of n on device d in microseconds (launches
of the GPU included, the launch of the FPGA not), I(n) for its operations a byte, and the ridge R, at which the FPGA
computes as long as it moves bytes:

    I(n) <  R:  cost(n, GPU) = t(n, GPU)    cost(n, FPGA) = 0
    I(n) >= R:  cost(n, GPU) = 0            cost(n, FPGA) = t(n, GPU) + t(n, FPGA)

Below the ridge the GPU's time is the cost: the policy frees the GPU of it, whether or not the FPGA is faster, and
what is worth more than its tensors cost on the link goes. Above the ridge the GPU is the right device; there a
super-node goes along only if that spares the link more than the super-node takes on both devices together. The gain of
a region is then the sum of cost(n, GPU) - cost(n, FPGA) over its super-nodes, less its link and its launch.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import fx

from torch_fpga.ops import nbytes
from torch_fpga.options import Options
from torch_fpga.passes.fx.group import SuperNode, fused_work, group
from torch_fpga.passes.fx.mincut import Cost, LinkTensor, crosses, link_cost, minimum_cut, starts_on_fpga
from torch_fpga.passes.fx.stages import regions_of, stages_of
from torch_fpga.passes.fx.views import written_by
from torch_fpga.reasons import Reason
from torch_fpga.targets.model import NOTHING, Fpga, Gpu, Link, Work, load_host, load_link, load_target

VIEW_PULL = 1e-6
"""What a view costs on the GPU, in the policy's unit; it costs 0 on the FPGA.

Where both devices are equal for a view, this sends it to the FPGA, where it is read; next to any real cost it is
nothing.
"""


def _memory_bound(node: SuperNode, gpu: Gpu, fpga: Fpga) -> Cost:
    """Below the ridge (t(GPU), 0), above it (0, t(GPU) + t(FPGA)), in us: see the formula at the top of the file."""
    on_gpu = gpu.time_us(node.work)
    return (on_gpu, 0.0) if node.work.intensity < fpga.ridge else (0.0, on_gpu + fpga.time_us(node.work))


def _latency(node: SuperNode, gpu: Gpu, fpga: Fpga) -> Cost:
    """(t(GPU), t(FPGA)) in us: with the link's times the sum is the modelled time of the graph, all in sequence."""
    return gpu.time_us(node.work), fpga.time_us(node.work)


def _energy(node: SuperNode, gpu: Gpu, fpga: Fpga) -> Cost:
    """(E(GPU), E(FPGA)) in uJ, each for as long as that device takes."""
    on_gpu, on_fpga = _latency(node, gpu, fpga)
    return gpu.energy_uj(node.work, on_gpu), fpga.energy_uj(node.work, on_fpga)


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """How a super-node is priced.

    Attributes:
        cost: gives the costs on the GPU and on the FPGA, in ``unit``.
        chosen: the reason code of a super-node on the FPGA that costs less there.
        refused: the reason code of one on the GPU that costs no more there.
        unit: us or uJ.
    """

    cost: Callable[[SuperNode, Gpu, Fpga], Cost]
    chosen: str
    refused: str
    unit: str = "us"


POLICIES: dict[str, Policy] = {
    "memory_bound": Policy(_memory_bound, "memory-bound", "compute-bound"),
    "latency": Policy(_latency, "lower-latency", "slower-on-fpga"),
    "energy": Policy(_energy, "lower-energy", "slower-on-fpga", "uJ"),
    "fpga": Policy(lambda node, gpu, fpga: (math.inf, 0.0), "policy-fpga", "policy-fpga"),
    "gpu": Policy(lambda node, gpu, fpga: (0.0, math.inf), "policy-gpu", "policy-gpu"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Region:
    """A part of the graph that runs on one device in one go. Times and energies are modelled, on both devices.

    Attributes:
        work: its fused kernels added up.
        bound: the roof of the FPGA that limits it.
        intensity: operations a byte.
        gpu_us: all its fused kernels, one after the other.
        fpga_us: one launch and one pass over the bytes that enter and leave the region; infinite if it cannot run it.
        link_in_us: tensors it is the first region to bring to the FPGA; ``link_bytes_in`` are their bytes.
        link_out_us: tensors the GPU needs from it; ``link_bytes_out`` are their bytes.
        resident_bytes: parameters and buffers it reads, loaded once.
        gain: what the policy sees in it, link and launch included: us, or uJ for ``energy``. 0 on the GPU.
        gpu_uj: energy on the GPU.
        fpga_uj: energy on the FPGA, link included.
        slower_than_gpu: on the FPGA though the model, link included, finds the GPU faster.
    """

    id: str
    device: str
    stage: int
    nodes: tuple[str, ...]
    work: Work
    bound: str
    intensity: float
    gpu_us: float
    fpga_us: float
    link_in_us: float = 0.0
    link_out_us: float = 0.0
    link_bytes_in: int = 0
    link_bytes_out: int = 0
    resident_bytes: int = 0
    gain: float = 0.0
    gpu_uj: float = 0.0
    fpga_uj: float = 0.0
    slower_than_gpu: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Placement:
    """What ``place`` decided.

    Attributes:
        policy: the option ``placement``.
        regions: in the order they run in.
        cut_cost: the sum that was made the least, in the policy's unit: without launches, and before regions went back.
    """

    policy: str
    regions: list[Region]
    cut_cost: float


def place(graph: fx.GraphModule, options: Options) -> Placement:
    """Writes ``device``, ``stage``, ``region`` and ``reason`` on every node that computes.

    Args:
        graph: with what ``estimate`` writes on its nodes, and ``graph.meta["resident"]``: the names of the placeholders
            that are parameters or buffers.
        options: the policy, the data files of the devices, and ``min_partition_gain``.

    Returns:
        The decision, which is also left in ``graph.meta["placement"]``.
    """
    return _Placer(graph, options).run()


class _Placer:
    def __init__(self, graph: fx.GraphModule, options: Options) -> None:
        self.graph, self.options = graph, options
        self.gpu, self.fpga = load_host(options.host), load_target(options.target)
        self.link: Link = load_link(options.host, options.target)
        self.policy = POLICIES[options.placement]
        self.nodes = group(graph)
        self.id_of = {node: s.id for s in self.nodes for node in s.nodes}
        self.order = {node: i for i, node in enumerate(graph.graph.nodes)}
        self.resident = self._find_resident()
        self.tensors = [t for node in graph.graph.nodes if (t := self._tensor(node)) is not None]
        self.edges = self._find_edges()
        self.costs = [self._cost(s) for s in self.nodes]
        self.given_back: dict[int, Reason] = {}

    def run(self) -> Placement:
        cost, self.on_fpga = minimum_cut(self.costs, self.tensors)
        while True:
            stages = stages_of(self.edges, self.on_fpga)
            members = regions_of(self.edges, self.on_fpga, stages)
            regions = self._regions(members, stages)
            if not self._give_back(members, regions) and not self._give_back_what_has_no_room(members, regions):
                break
        self._write(members, regions)
        placement = Placement(self.options.placement, regions, cost)
        self.graph.meta["placement"] = placement
        return placement

    # What there is to place.

    def _find_resident(self) -> set[fx.Node]:
        names = self.graph.meta.get("resident", set())
        # The GPU writes into a mutated buffer, so the FPGA has no valid copy of it.
        written = {argument for s in self.nodes if s.mutates for node in s.nodes for argument in written_by(node)}
        inputs = self.graph.graph.find_nodes(op="placeholder", sort=False)
        constants = self.graph.graph.find_nodes(op="get_attr", sort=False)
        return {n for n in inputs if n.name in names and n not in written} | set(constants)

    def _tensor(self, node: fx.Node) -> LinkTensor | None:
        value = node.meta.get("val")
        if node in self.resident or not isinstance(value, torch.Tensor):
            return None
        producer = self.id_of.get(node)
        readers = {self.id_of[user] for user in node.users if user in self.id_of} - {producer}
        output = producer is not None and any(user.op == "output" for user in node.users)
        if not readers and not output:
            return None
        size = nbytes(value)
        if self.options.placement == "energy":
            prices = self.link.energy_uj(size), self.link.energy_uj(size)
        else:
            prices = self.link.time_us(size, "to_fpga"), self.link.time_us(size, "to_gpu")
        return LinkTensor(producer, tuple(sorted(readers)), output, size, *prices)

    def _find_edges(self) -> list[tuple[int, int]]:
        edges = {(before, s.id) for s in self.nodes for before in s.after}
        for node, producer in self.id_of.items():
            edges.update((producer, self.id_of[user]) for user in node.users if user in self.id_of)
        return sorted((a, b) for a, b in edges if a != b)

    def _cost(self, node: SuperNode) -> Cost:
        if node.support is not None or node.mutates:
            return 0.0, math.inf
        return (VIEW_PULL, 0.0) if node.is_view else self.policy.cost(node, self.gpu, self.fpga)

    # Regions and what they are worth.

    def _regions(self, members: list[list[int]], stages: list[int]) -> list[Region]:
        region_of = {s: r for r, ids in enumerate(members) for s in ids}
        incoming: list[list[LinkTensor]] = [[] for _ in members]
        outgoing: list[list[LinkTensor]] = [[] for _ in members]
        for tensor in self.tensors:
            if not crosses(tensor, self.on_fpga):
                continue
            if tensor.producer is not None and starts_on_fpga(tensor, self.on_fpga):
                outgoing[region_of[tensor.producer]].append(tensor)
            else:
                # Brought over once, by the first that needs it.
                incoming[min(region_of[r] for r in tensor.readers if self.on_fpga[r])].append(tensor)
        counts = {"gpu": 0, "fpga": 0}
        regions = []
        for ids, arrive, leave in zip(members, incoming, outgoing, strict=True):
            device = "fpga" if self.on_fpga[ids[0]] else "gpu"
            regions.append(self._region(f"{device}{counts[device]}", stages[ids[0]], ids, arrive, leave))
            counts[device] += 1
        return regions

    def _region(
        self, name: str, stage: int, ids: list[int], arrive: list[LinkTensor], leave: list[LinkTensor]
    ) -> Region:
        parts = [self.nodes[i] for i in ids]
        nodes = sorted((node for part in parts for node in part.nodes), key=self.order.__getitem__)
        work = sum((part.work for part in parts), NOTHING)
        gpu_us = math.fsum(self.gpu.time_us(part.work) for part in parts)
        fused = fused_work(nodes)
        possible = all(part.support is None and not part.mutates for part in parts)
        fpga_us = self.fpga.launch_us + self.fpga.time_us(fused) if possible else math.inf
        region = Region(
            id=name,
            device="fpga" if self.on_fpga[ids[0]] else "gpu",
            stage=stage,
            nodes=tuple(node.name for node in nodes),
            work=work,
            bound=self.fpga.bound(work),
            intensity=work.intensity,
            gpu_us=gpu_us,
            fpga_us=fpga_us,
            link_in_us=math.fsum(self.link.time_us(t.nbytes, "to_fpga") for t in arrive),
            link_out_us=math.fsum(self.link.time_us(t.nbytes, "to_gpu") for t in leave),
            link_bytes_in=sum(t.nbytes for t in arrive),
            link_bytes_out=sum(t.nbytes for t in leave),
            resident_bytes=sum(nbytes(n.meta["val"]) for n in self._resident_inputs(nodes)),
            gpu_uj=math.fsum(self.gpu.energy_uj(part.work, self.gpu.time_us(part.work)) for part in parts),
            fpga_uj=self.fpga.energy_uj(fused, fpga_us) if possible else math.inf,
        )
        return self._with_gain(region, ids) if region.device == "fpga" else region

    def _resident_inputs(self, nodes: Iterable[fx.Node]) -> set[fx.Node]:
        read = {source for node in nodes for source in node.all_input_nodes if source in self.resident}
        return {source for source in read if isinstance(source.meta.get("val"), torch.Tensor)}

    def _with_gain(self, region: Region, ids: list[int]) -> Region:
        """The region with its gain: what its nodes cost more on the GPU, less link and launch.

        ``fpga_us`` has the launch already; the energy of the link is added to ``fpga_uj``.
        """
        link_us = region.link_in_us + region.link_out_us
        fpga_uj = region.fpga_uj + self.link.energy_uj(region.link_bytes_in + region.link_bytes_out)
        faster_by = region.gpu_us - region.fpga_us - link_us
        if self.options.placement == "memory_bound":
            worth = math.fsum(self.costs[i][0] - self.costs[i][1] for i in ids)
            gain = worth - link_us - self.fpga.launch_us
        else:
            gain = region.gpu_uj - fpga_uj if self.options.placement == "energy" else faster_by
        return dataclasses.replace(region, gain=gain, fpga_uj=fpga_uj, slower_than_gpu=faster_by < 0)

    def _give_back(self, members: list[list[int]], regions: list[Region]) -> bool:
        """Sends regions that gain too little back to the GPU, whole; says whether there were any."""
        back = False
        for ids, region in zip(members, regions, strict=True):
            if region.device == "gpu" or (reason := self._reason_to_give_back(ids, region)) is None:
                continue
            back = True
            for i in ids:
                self.on_fpga[i], self.given_back[i] = False, reason
        return back

    def _give_back_what_has_no_room(self, members: list[list[int]], regions: list[Region]) -> bool:
        """Sends back the super-nodes that the card's memory has no room for; says whether there were any.

        The regions that gain most are served first. A parameter lies on the card once for all that read it.
        """
        back = False
        left = memory = int(self.fpga.memory_gib * (1 << 30))
        held: set[fx.Node] = set()
        for region, ids in sorted(zip(regions, members, strict=True), key=lambda pair: -pair[0].gain):
            if region.device == "gpu":
                continue
            passing = self._passing(ids)
            for i in ids:
                new = self._resident_inputs(self.nodes[i].nodes) - held
                size = sum(nbytes(node.meta["val"]) for node in new)
                if passing + size <= left:
                    held |= new
                    left -= size
                    continue
                back, self.on_fpga[i] = True, False
                what = f"{_gib(size)} of parameters" + (f" and {_gib(passing)} of other tensors" if passing else "")
                taken = f", {_gib(memory - left)} of it taken" if left < memory else ""
                self.given_back[i] = Reason("card-memory", f"{what}, {self.fpga.name} has {_gib(memory)}{taken}")
            left -= passing
        return back

    def _passing(self, ids: list[int]) -> int:
        """Bytes of the tensors, other than parameters, that a region takes and gives."""
        nodes = {node for i in ids for node in self.nodes[i].nodes}
        given = {node for node in nodes if any(user not in nodes for user in node.users)}
        taken = {source for node in nodes for source in node.all_input_nodes} - nodes - self.resident
        values = [node.meta.get("val") for node in given | taken]
        return sum(nbytes(value) for value in values if isinstance(value, torch.Tensor))

    def _reason_to_give_back(self, ids: list[int], region: Region) -> Reason | None:
        if all(self.nodes[i].is_view for i in ids):
            return Reason("view")
        if self.options.placement == "fpga":
            return None
        unit, least = self.policy.unit, self.options.min_partition_gain
        if region.gain <= 0:
            link = region.link_in_us + region.link_out_us
            launch = self.fpga.launch_us
            if unit == "uJ":
                link = self.link.energy_uj(region.link_bytes_in + region.link_bytes_out)
                launch = self.fpga.energy_uj(NOTHING, launch)
            return Reason(
                "no-gain", f"{region.gain:.1f} {unit} after link {link:.1f} {unit}, launch {launch:.1f} {unit}"
            )
        if region.gain < least:
            return Reason("below-min-gain", f"{region.gain:.1f} {unit}, asked for {least:.1f} {unit}")
        return None

    # What is written on the graph.

    def _write(self, members: list[list[int]], regions: list[Region]) -> None:
        touching: list[list[LinkTensor]] = [[] for _ in self.nodes]
        for tensor in self.tensors:
            for i in tensor.readers if tensor.producer is None else (tensor.producer, *tensor.readers):
                touching[i].append(tensor)
        for ids, region in zip(members, regions, strict=True):
            for i in ids:
                reason = self._reason(self.nodes[i], touching[i])
                for node in self.nodes[i].nodes:
                    own = node.meta["support"] or (Reason("view") if node.meta["is_view"] else reason)
                    node.meta.update(device=region.device, stage=region.stage, region=region.id, reason=own)
        # A constant lies where it is read.
        for node in self.graph.graph.find_nodes(op="get_attr"):
            reader: dict[str, Any] = next((user.meta for user in node.users if "region" in user.meta), {})
            node.meta.update({key: reader[key] for key in ("device", "stage", "region", "reason") if key in reader})

    def _reason(self, node: SuperNode, tensors: list[LinkTensor]) -> Reason:
        if node.support is not None:
            return node.support
        if node.is_view:
            return Reason("view")
        on_gpu, on_fpga = self.costs[node.id]
        unit = self.policy.unit
        if self.on_fpga[node.id]:
            return Reason(self.policy.chosen, self._figures(node)) if on_fpga < on_gpu else Reason("with-neighbours")
        if node.id in self.given_back:
            return self.given_back[node.id]
        if on_gpu <= on_fpga:
            return Reason(self.policy.refused, self._figures(node))
        link = self._price_alone(node.id, tensors)
        return Reason("link-cost", f"worth {on_gpu - on_fpga:.1f} {unit}, link {link:.1f} {unit}")

    def _figures(self, node: SuperNode) -> str:
        if self.options.placement in ("fpga", "gpu"):
            return ""
        if self.options.placement == "memory_bound":
            return f"{node.work.intensity:.2f} operations a byte, ridge {self.fpga.ridge:.2f}"
        on_gpu, on_fpga = self.costs[node.id]
        return f"{on_gpu:.1f} {self.policy.unit} on the GPU, {on_fpga:.1f} {self.policy.unit} on the FPGA"

    def _price_alone(self, moved: int, tensors: list[LinkTensor]) -> float:
        """What the link would cost more, in the policy's unit, if this one super-node went to the FPGA too."""
        now = link_cost(tensors, self.on_fpga)
        self.on_fpga[moved] = True
        then = link_cost(tensors, self.on_fpga)
        self.on_fpga[moved] = False
        return then - now


def _gib(size: int) -> str:
    return f"{size / (1 << 30):,.1f} GiB" if size >= 1 << 27 else f"{size / (1 << 20):,.1f} MiB"
