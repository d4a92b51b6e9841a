"""Decides what runs on the FPGA and in which order, so that a call costs the least.

1. ``group`` joins nodes to super-nodes, the units of placement: what one fused kernel of the GPU computes.
2. ``price`` says what a call costs if every super-node has its device: stages alternate between the devices
   (``stages``), what is connected in a stage becomes a region, which an FPGA runs in one launch, and tensors cross the
   link. A tensor crosses at most once each way, however many read it. Parameters and buffers that nobody writes into do
   not cross: both devices have them after the first load.
3. A policy (``policies``) measures the call, ``rules`` say what is allowed, and ``search`` finds the choice of devices
   that is allowed and measures least.

The figures of a region and of the whole call are those of the same prices, so the report shows what was decided by.
Every node gets its device, stage, region and reason in ``node.meta``.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from torch import fx

from torch_fpga.ops import nbytes
from torch_fpga.options import Options
from torch_fpga.passes.fx.crossover import Kept, kept
from torch_fpga.passes.fx.mincut import LinkTensor, crosses, starts_on_fpga
from torch_fpga.passes.fx.policies import POLICIES
from torch_fpga.passes.fx.price import MOST_PRICED, Call, KernelPrice, Prices, RegionCost
from torch_fpga.passes.fx.problem import Problem
from torch_fpga.passes.fx.rules import Rules
from torch_fpga.passes.fx.search import Search
from torch_fpga.passes.fx.why import Why
from torch_fpga.reasons import Reason
from torch_fpga.targets.call import CallCost, best_on_gpu, call_cost, on_fpga, on_gpu, over_link
from torch_fpga.targets.work import NOTHING, Work


@dataclasses.dataclass(frozen=True, slots=True)
class Region:
    """A part of the graph that runs on one device in one go. Times and energies are modelled, on both devices.

    Attributes:
        work: its fused kernels added up.
        bound: the roof of the FPGA that limits it.
        intensity: operations a byte.
        gpu_us: all its fused kernels, one after the other, as stock PyTorch launches them.
        fpga_us: one launch and its kernel; infinite if the FPGA cannot run it.
        how: how the time in its kernel is known.
        link_in_us: tensors it is the first region to bring to the FPGA; ``link_bytes_in`` are their bytes.
        link_out_us: tensors the GPU needs from it; ``link_bytes_out`` are their bytes.
        resident_bytes: parameters and buffers it reads, loaded once.
        gain: what the policy sees in it: how much more the call would measure with it on the GPU, in us, or in uJ for
            ``energy``. 0 on the GPU.
        gpu_uj: energy of the GPU while it runs there, in a machine that has no card.
        fpga_uj: energy of both cards while it runs on the FPGA, its launch and link included.
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
    how: str = "roofline"
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
        stock: the call with all on the GPU as stock PyTorch launches it, in a machine that has no card.
        best: the same as one captured graph, every kernel at the roofline.
        split: the call as placed.
        measure: what the policy made the least, in its unit.
        kept: what the guard kept on the GPU.
        prices_asked: of kernels, distinct ones.
    """

    policy: str
    regions: list[Region]
    stock: CallCost
    best: CallCost
    split: CallCost
    measure: float
    kept: list[Kept]
    prices_asked: int


def place(graph: fx.GraphModule, options: Options, kernel_price: KernelPrice | None = None) -> Placement:
    """Writes ``device``, ``stage``, ``region`` and ``reason`` on every node that computes.

    Args:
        graph: with what ``estimate`` writes on its nodes, and ``graph.meta["resident"]``: the names of the placeholders
            that are parameters or buffers.
        options: the policy, the data files of the devices, and ``min_partition_gain``.
        kernel_price: what a region takes in its kernel; the roofline of the card if not given. A search asks it for at
            most ``MOST_PRICED`` regions of distinct work, ``placement="fpga"`` for all that it places.

    Returns:
        The decision, which is also left in ``graph.meta["placement"]``.
    """
    policy = POLICIES[options.placement]
    prices = Prices(Problem.of(graph, options), kernel_price, MOST_PRICED if policy.searched else math.inf)
    search = Search(prices, policy)
    wanted = gainful = search.best(Rules(prices, policy))
    guarded = policy.guarded and options.guard
    if guarded and not Rules(prices, policy, guard=True).allow(wanted):
        gainful = search.best(Rules(prices, policy, guard=True))
    chosen = gainful
    if policy.searched and options.min_partition_gain > 0:
        rules = Rules(prices, policy, guarded, options.min_partition_gain)
        chosen = gainful if rules.allow(gainful) else search.best(rules)
    stays = list(kept(prices, wanted, gainful, options.host, options.target))
    placement = placement_of(prices, options, chosen, stays)
    _write(graph, prices.problem, chosen, placement, Why(prices, options, chosen, gainful, stays))
    graph.meta["placement"] = placement
    return placement


def placement_of(prices: Prices, options: Options, call: Call, stays: list[Kept]) -> Placement:
    """A priced choice as data: what ``place`` says of the one that it takes."""
    gpu, works = prices.problem.gpu, [node.work for node in prices.problem.nodes]
    policy = POLICIES[options.placement]
    return Placement(
        policy=options.placement,
        regions=_regions(prices, options, call),
        stock=prices.call([False] * len(works)).cost,
        best=call_cost([best_on_gpu(gpu, works)], gpu, None),
        split=call.cost,
        measure=policy.measure(prices.problem, prices.costs(policy), call.choice, len(call.kernels), call.cost),
        kept=stays,
        prices_asked=prices.asked,
    )


def _regions(prices: Prices, options: Options, call: Call) -> list[Region]:
    region_of = {s: r for r, ids in enumerate(call.members) for s in ids}
    incoming: list[list[LinkTensor]] = [[] for _ in call.members]
    outgoing: list[list[LinkTensor]] = [[] for _ in call.members]
    for tensor in prices.problem.tensors:
        if not crosses(tensor, call.choice):
            continue
        if tensor.producer is not None and starts_on_fpga(tensor, call.choice):
            outgoing[region_of[tensor.producer]].append(tensor)
        else:
            # Brought over once, by the first that needs it.
            incoming[min(region_of[r] for r in tensor.readers if call.choice[r])].append(tensor)
    rules = Rules(prices, POLICIES[options.placement])
    counts = {"gpu": 0, "fpga": 0}
    regions = []
    for number, (arrive, leave) in enumerate(zip(incoming, outgoing, strict=True)):
        device = "fpga" if number in call.kernels else "gpu"
        region = _region(prices, call, number, f"{device}{counts[device]}", arrive, leave)
        gain = rules.gain(call, number) if device == "fpga" else 0.0
        regions.append(dataclasses.replace(region, gain=gain))
        counts[device] += 1
    return regions


def _region(
    prices: Prices, call: Call, number: int, name: str, arrive: list[LinkTensor], leave: list[LinkTensor]
) -> Region:
    problem, ids = prices.problem, call.members[number]
    gpu, fpga, link = problem.gpu, problem.fpga, problem.link
    parts, nodes = [problem.nodes[i] for i in ids], problem.members(ids)
    work = sum((part.work for part in parts), NOTHING)
    transfers = over_link(link, (t.nbytes for t in arrive), (t.nbytes for t in leave))
    kernel = call.kernels.get(number) or RegionCost(fpga.time_us(prices.work(ids)))
    possible = all(map(problem.can_move, parts))
    there = on_fpga(fpga, kernel.us)
    here = call_cost([on_gpu(gpu, part.work) for part in parts], gpu, None)
    return Region(
        id=name,
        device="fpga" if number in call.kernels else "gpu",
        stage=call.stages[ids[0]],
        nodes=tuple(node.name for node in nodes),
        work=work,
        bound=fpga.bound(work),
        intensity=work.intensity,
        gpu_us=here.us,
        fpga_us=there.us if possible else math.inf,
        how=kernel.how,
        link_in_us=math.fsum(link.time_us(t.nbytes, "to_fpga") for t in arrive),
        link_out_us=math.fsum(link.time_us(t.nbytes, "to_gpu") for t in leave),
        link_bytes_in=sum(t.nbytes for t in arrive),
        link_bytes_out=sum(t.nbytes for t in leave),
        resident_bytes=sum(nbytes(n.meta["val"]) for n in problem.resident_inputs(nodes)),
        gpu_uj=here.uj,
        fpga_uj=call_cost([there, transfers], gpu, fpga).uj if possible else math.inf,
        slower_than_gpu=number in call.kernels and there.us + transfers.us > here.us,
    )


def _write(graph: fx.GraphModule, problem: Problem, call: Call, placement: Placement, why: Why) -> None:
    for ids, region in zip(call.members, placement.regions, strict=True):
        for i in ids:
            reason = why.reason(problem.nodes[i])
            for node in problem.nodes[i].nodes:
                own = node.meta["support"] or (Reason("view") if node.meta["is_view"] else reason)
                node.meta.update(device=region.device, stage=region.stage, region=region.id, reason=own)
    # A constant lies where it is read.
    for node in graph.graph.find_nodes(op="get_attr"):
        reader: dict[str, Any] = next((user.meta for user in node.users if "region" in user.meta), {})
        node.meta.update({key: reader[key] for key in ("device", "stage", "region", "reason") if key in reader})
