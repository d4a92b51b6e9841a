"""What a call costs where every super-node has its device: the one function behind all figures of a placement.

Regions are priced as they will run: an FPGA region is one kernel, with one launch, of all that is connected in its
stage. What the GPU runs is launched kernel by kernel, as stock PyTorch does. Segments follow each other, and both cards
draw power for the whole call (``targets/call.py``). Where nothing is on the FPGA, the machine has no card.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence

from torch import fx

from torch_fpga.passes.fx.group import fused_work
from torch_fpga.passes.fx.mincut import Cost, LinkTensor, crosses, starts_on_fpga
from torch_fpga.passes.fx.policies import Policy
from torch_fpga.passes.fx.problem import Choice, Problem
from torch_fpga.passes.fx.same_work import same_work
from torch_fpga.passes.fx.stages import regions_of, stages_of
from torch_fpga.targets.call import CallCost, Segment, call_cost, on_fpga
from torch_fpga.targets.work import Work

MOST_PRICED = 600
"""Nodes of distinct regions that a search asks the price of: at 5 ms each, 3 s of a compilation."""

# Calls that are kept: a search comes back to the last ones, and one of a large graph takes some hundred kilobytes.
_REMEMBERED = 256


@dataclasses.dataclass(frozen=True, slots=True)
class RegionCost:
    """Time in a region's kernel, without launch and link, and how it is known. Infinite where no kernel can be made."""

    us: float
    how: str = "roofline"


KernelPrice = Callable[[list[fx.Node]], RegionCost]
"""The nodes of a region, in graph order, to what its kernel takes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A choice, ordered and priced. ``members`` are the super-nodes of each region, ``kernels`` its FPGA regions'."""

    choice: Choice
    stages: list[int]
    members: list[list[int]]
    kernels: dict[int, RegionCost]
    segments: list[Segment]
    cost: CallCost


class Prices:
    """Prices choices for a problem, each once."""

    def __init__(self, problem: Problem, kernel_price: KernelPrice | None = None, most: float = MOST_PRICED) -> None:
        self.problem = problem
        self.asked = self._lowered = 0
        self._kernel_price, self._most = kernel_price, most
        self._costs: dict[Policy, list[Cost]] = {}
        self._kernels: dict[tuple[int, ...], RegionCost] = {}
        self._works: dict[tuple[int, ...], Work] = {}
        self._by_work: dict[object, RegionCost] = {}
        self._calls: dict[tuple[Choice, bool], Call] = {}
        gpu = problem.gpu
        self.launch = Segment("fpga", problem.fpga.launch_us)
        self.gpu_us = [gpu.time_us(node.work) for node in problem.nodes]
        self.gpu_busy_us = [gpu.busy_us(node.work) for node in problem.nodes]
        self.touching: list[list[LinkTensor]] = [[] for _ in problem.nodes]
        for tensor in problem.tensors:
            for i in tensor.readers if tensor.producer is None else (tensor.producer, *tensor.readers):
                self.touching[i].append(tensor)

    def costs(self, policy: Policy) -> list[Cost]:
        """Of every super-node by itself, as a policy sees it."""
        if policy not in self._costs:
            self._costs[policy] = policy.costs(self.problem)
        return self._costs[policy]

    def call(self, choice: Sequence[bool], least: bool = False) -> Call:
        """The call of a choice; with ``least``, no price of a kernel is asked for and every one is a lower bound."""
        key = tuple(choice), least
        if key not in self._calls:
            if len(self._calls) >= _REMEMBERED:
                self._calls.clear()
            self._calls[key] = self._call(*key)
        return self._calls[key]

    def without(self, call: Call, region: int) -> CallCost:
        """The call with one FPGA region back on the GPU, and the others as they are."""
        ids = call.members[region]
        changed = list(call.choice)
        for i in ids:
            changed[i] = False
        touched = {id(tensor): tensor for i in ids for tensor in self.touching[i]}.values()
        before, after = self.link_segment(touched, call.choice), self.link_segment(touched, changed)
        kernel = on_fpga(self.problem.fpga, call.kernels[region].us)
        back = [
            Segment("link", after.us - before.us, uj=after.uj - before.uj),
            Segment("fpga", -kernel.us, -kernel.busy_us),
            self.gpu_segment(ids),
        ]
        card = self.problem.fpga if len(call.kernels) > 1 else None
        return call_cost([*call.segments, *back], self.problem.gpu, card)

    def kernel(self, ids: Iterable[int]) -> RegionCost:
        """What the kernel of a region takes; infinite once too many were asked for, so that nothing is made of it."""
        key = tuple(ids)
        if key not in self._kernels:
            self._kernels[key] = self._priced(key)
        return self._kernels[key]

    def work(self, ids: Iterable[int]) -> Work:
        """Of a region as one kernel."""
        key = tuple(ids)
        if key not in self._works:
            self._works[key] = fused_work(self.problem.members(key))
        return self._works[key]

    def link_segment(self, tensors: Iterable[LinkTensor], choice: Sequence[bool]) -> Segment:
        """The transfers of those tensors that cross."""
        us = uj = 0.0
        for tensor in tensors:
            if crosses(tensor, choice):
                us += tensor.to_gpu if starts_on_fpga(tensor, choice) else tensor.to_fpga
                uj += self.problem.link.energy_uj(tensor.nbytes)
        return Segment("link", us, uj=uj)

    def _priced(self, ids: tuple[int, ...]) -> RegionCost:
        if self._kernel_price is None:
            return RegionCost(self.problem.fpga.time_us(self.work(ids)))
        nodes = self.problem.members(ids)
        work = same_work(nodes, self.problem.resident)
        if work not in self._by_work:
            if self._lowered + len(nodes) > self._most:
                return RegionCost(math.inf, "not asked for")
            self._lowered += len(nodes)
            self.asked += 1
            self._by_work[work] = self._kernel_price(nodes)
        return self._by_work[work]

    def _least(self, ids: list[int]) -> RegionCost:
        """No kernel is faster: all channels at once, every address regular."""
        work = self.work(ids)
        plain = dataclasses.replace(work, irregular_bytes=0, sharded_bytes=work.bytes)
        fpga = self.problem.fpga
        everything = dataclasses.replace(fpga, shard_channels=fpga.memory_channels, pipeline_latency_cycles=0)
        return RegionCost(everything.time_us(plain))

    def _call(self, choice: Choice, least: bool) -> Call:
        stages = stages_of(self.problem.edges, choice)
        members = regions_of(self.problem.edges, choice, stages)
        kernels = {
            region: self._least(ids) if least else self.kernel(ids)
            for region, ids in enumerate(members)
            if choice[ids[0]]
        }
        stays = [i for i, there in enumerate(choice) if not there]
        runs = [on_fpga(self.problem.fpga, kernel.us) for kernel in kernels.values()]
        segments = [self.gpu_segment(stays), self.link_segment(self.problem.tensors, choice), *runs]
        cost = call_cost(segments, self.problem.gpu, self.problem.fpga if kernels else None)
        return Call(choice, stages, members, kernels, segments, cost)

    def gpu_segment(self, ids: Iterable[int]) -> Segment:
        """Super-nodes as stock PyTorch runs them."""
        chosen = list(ids)
        busy = math.fsum(self.gpu_busy_us[i] for i in chosen)
        return Segment("gpu", math.fsum(self.gpu_us[i] for i in chosen), busy)
