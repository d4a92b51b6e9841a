"""Each policy against trying every choice, over the figures that the report shows of each."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import fx

from tests.passes.fx.graphs import aten, random_graph
from torch_fpga.options import Options
from torch_fpga.passes.fx import problem
from torch_fpga.passes.fx.group import group
from torch_fpga.passes.fx.place import Placement, place, placement_of
from torch_fpga.passes.fx.price import Prices
from torch_fpga.passes.fx.problem import Problem
from torch_fpga.targets.fpga import Fpga, load_target
from torch_fpga.targets.gpu import load_host
from torch_fpga.targets.link import load_link

GPU, U55C, LINK = load_host("mi210"), load_target("u55c"), load_link("mi210", "u55c")
FAST = dataclasses.replace(U55C, bandwidth_gb_per_s=3600.0, channel_gb_per_s=3600.0, dsp=90240, launch_us=5.0)
CARDS = [U55C, FAST, dataclasses.replace(FAST, active_w=400.0), dataclasses.replace(FAST, launch_us=30.0)]


@dataclasses.dataclass(frozen=True)
class Figures:
    """Time and energy of a call, added up from what the report says of its regions."""

    us: float
    uj: float
    measure: float
    allowed: bool


class Brute:
    """Prices every choice for a graph from the regions that the report would show."""

    def __init__(self, graph: fx.GraphModule, options: Options, card: Fpga, kernel_price=None) -> None:
        self.graph, self.options, self.card = graph, options, card
        self.prices = Prices(Problem.of(graph, options), kernel_price, math.inf)
        self.groups = group(graph)
        self.home = {node: s.id for s in self.groups for node in s.nodes}
        written = {n.args[0].name for s in self.groups for n in s.nodes if n.target is aten.copy_.default}
        self.resident = graph.meta["resident"] - written

    def link_bytes(self, choice) -> list[tuple[int, str]]:
        """What crosses, from the graph itself."""
        found = []
        for node in self.graph.graph.nodes:
            if node.op == "output" or node.name in self.resident:
                continue
            here = choice[self.home[node]] if node in self.home else False
            there = {choice[self.home[user]] for user in node.users if user in self.home}
            if node in self.home and any(user.op == "output" for user in node.users):
                there.add(False)
            if (not here) in there:
                found.append((node.meta["val"].numel() * 4, "to_gpu" if here else "to_fpga"))
        return found

    def link_us(self, choice) -> float:
        return sum(LINK.time_us(*each) for each in self.link_bytes(choice))

    def call(self, regions, choice, back=None) -> tuple[float, float]:
        """Time and energy, with region ``back`` on the GPU, or all of them."""
        there = [r for r in regions if r.device == "fpga" and back not in (r.id, "all")]
        here = [r for r in regions if r not in there]
        us = sum(r.gpu_us for r in here) + sum(r.fpga_us for r in there) + self.link_us(choice)
        work = sum(r.gpu_uj - GPU.idle_w * r.gpu_us for r in here)
        uj = us * GPU.idle_w + work + sum(n for n, _ in self.link_bytes(choice)) * LINK.energy_pj_per_byte / 1e6
        if there:
            busy = sum(r.fpga_us - self.card.launch_us for r in there)
            uj += us * self.card.idle_w + busy * (self.card.active_w - self.card.idle_w)
        return us, uj

    def figures(self, choice) -> Figures:
        regions = placement_of(self.prices, self.options, self.prices.call(choice), []).regions
        us, uj = self.call(regions, choice)
        assert sum(r.link_in_us + r.link_out_us for r in regions) == pytest.approx(self.link_us(choice))
        home = {name: r.id for r in regions for name in r.nodes}
        allowed = not any(choice) or not self.worse((us, uj), self.call(regions, [False] * len(choice), "all"))
        for region in regions:
            if region.device == "fpga":
                back = [
                    there and home[s.nodes[0].name] != region.id for s, there in zip(self.groups, choice, strict=True)
                ]
                allowed = allowed and not self.worse((us, uj), self.call(regions, back, region.id))
        return Figures(us, uj, self.measure(choice, regions, us, uj), allowed)

    def worse(self, a, b) -> bool:
        return a[0] > b[0] and a[1] > b[1]

    def measure(self, choice, regions, us, uj) -> float:
        if self.options.placement != "memory_bound":
            return {"latency": us, "energy": uj, "fpga": us, "gpu": us}[self.options.placement]
        freed = 0.0
        for s, there in zip(self.groups, choice, strict=True):
            here_us = GPU.time_us(s.work)
            if s.is_view:
                continue
            if s.work.intensity < self.card.ridge:
                freed += 0.0 if there else here_us
            elif there:
                freed += here_us + self.card.time_us(s.work)
        return freed + self.link_us(choice) + self.card.launch_us * sum(r.device == "fpga" for r in regions)

    def best(self) -> float:
        """The least measure of all choices that are possible and allowed."""
        possible = [(False,) if s.support is not None or s.mutates else (False, True) for s in self.groups]
        if self.options.placement == "gpu":
            possible = [(False,)] * len(self.groups)
        if self.options.placement == "fpga":
            possible = [each if s.is_view else each[-1:] for each, s in zip(possible, self.groups, strict=True)]
        found = [self.figures(choice) for choice in itertools.product(*possible)]
        guarded = self.options.placement == "memory_bound"
        return min(f.measure for f in found if f.allowed or not guarded)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 9),
    st.sampled_from(["memory_bound", "latency", "energy", "fpga", "gpu"]),
    st.sampled_from(CARDS),
)
def test_no_choice_measures_less_by_the_figures_of_the_report(seed, calls, policy, card):
    graph, options = random_graph(seed, calls), Options(placement=policy, launch="xrt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem, "load_target", lambda name: card)
        placement = place(graph, options)
        assert measured(placement, graph, card) == pytest.approx(Brute(graph, options, card).best(), abs=1e-4)


def measured(placement: Placement, graph: fx.GraphModule, card: Fpga) -> float:
    """The measure of a placement, from its regions."""
    brute = Brute(graph, Options(placement=placement.policy), card)
    on_fpga = {name for r in placement.regions if r.device == "fpga" for name in r.nodes}
    choice = [s.nodes[0].name in on_fpga for s in brute.groups]
    us, uj = brute.call(placement.regions, choice)
    assert (us, uj) == (pytest.approx(placement.split.us), pytest.approx(placement.split.uj))
    return brute.measure(choice, placement.regions, us, uj)
