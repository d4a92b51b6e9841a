"""The guard of the default, its crossover, and what a search asks of the price of kernels."""

from __future__ import annotations

import dataclasses
import math
import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import fx

from tests.passes.fx.graphs import Builder, aten, pin, random_graph
from tests.passes.fx.test_place_search import CARDS, Brute
from torch_fpga.options import Options
from torch_fpga.passes.fx import problem, search
from torch_fpga.passes.fx.place import Placement, place
from torch_fpga.passes.fx.price import RegionCost
from torch_fpga.targets.call import Segment, call_cost
from torch_fpga.targets.fpga import load_target
from torch_fpga.targets.gpu import load_host

GPU, U55C = load_host("mi210"), load_target("u55c")
# Faster than the GPU's memory and as hungry as it, with the launch of a real card: it pays where there is enough to do.
THIRSTY = dataclasses.replace(U55C, bandwidth_gb_per_s=3600.0, channel_gb_per_s=3600.0, dsp=90240, active_w=400.0)

XRT = Options(launch="xrt")


def scan(rows: int) -> fx.GraphModule:
    """The best rows of a resident matrix for a vector."""
    b = Builder()
    scores = b.call(aten.mv.default, b.input("index", rows, 256, resident=True), b.input("x", 256))
    best = b.call(aten.topk.default, scores, 8)
    return b.done(*[b.call(operator.getitem, best, i) for i in range(2)])


@pytest.fixture
def thirsty_card(monkeypatch):
    monkeypatch.setattr(problem, "load_target", lambda name: THIRSTY)


def reason(graph: fx.GraphModule):
    (node,) = graph.graph.find_nodes(op="call_function", target=aten.mv.default)
    return node.meta["reason"]


@pytest.mark.usefixtures("thirsty_card")
def test_the_crossover_is_where_it_goes():
    kept = place(small := scan(1 << 17), XRT).kept
    assert reason(small).code == "slower-and-hungrier"
    (region,) = kept
    assert region.slower_us > 0
    assert region.hungrier_uj > 0
    assert region.rows is not None
    assert f"{region.rows} times its resident rows" in reason(small).detail
    # As it says: not with half as many rows, but with so many.
    assert [r.device for r in place(scan((1 << 17) * region.rows // 2), XRT).regions] == ["gpu"]
    assert [r.device for r in place(scan((1 << 17) * region.rows), XRT).regions] == ["fpga"]


def test_where_no_size_would_do_it_says_so():
    placement = place(graph := scan(1 << 18), Options())
    (region,) = placement.kept
    assert (region.rows, region.cards) == (None, ())
    assert reason(graph).code == "slower-and-hungrier"
    assert "at no size tried" in reason(graph).detail


def test_what_is_kept_is_by_so_much_slower_and_hungrier():
    kept, sent = place(scan(1 << 18), Options()), place(scan(1 << 18), Options(placement="fpga"))
    (region,) = kept.kept
    assert sent.split.us - kept.split.us == pytest.approx(region.slower_us)
    assert sent.split.uj - kept.split.uj == pytest.approx(region.hungrier_uj)


def test_both_cards_draw_power_for_the_whole_call():
    segments = [Segment("gpu", 30.0, 20.0), Segment("link", 10.0, uj=5.0), Segment("fpga", 100.0, 25.0)]
    cost = call_cost(segments, GPU, U55C)
    assert (cost.us, cost.gpu_us, cost.link_us, cost.fpga_us) == (140.0, 30.0, 10.0, 100.0)
    gpu_uj = 20.0 * GPU.active_w + 120.0 * GPU.idle_w
    assert cost.uj == pytest.approx(gpu_uj + 25.0 * U55C.active_w + 115.0 * U55C.idle_w + 5.0)
    assert call_cost(segments[:1], GPU, None).uj == pytest.approx(20.0 * GPU.active_w + 10.0 * GPU.idle_w)


def judged(nodes: list[fx.Node]) -> RegionCost:
    """A price by what the nodes compute alone, above the roofline of all that ``random_graph`` makes up."""
    return RegionCost(70.0 * len(nodes) - 20.0 * (len(nodes) // 3), "judged")


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 8),
    st.sampled_from(["memory_bound", "latency", "energy"]),
    st.sampled_from(CARDS[1:]),
)
def test_no_choice_measures_less_by_the_price_that_is_given(seed, calls, policy, card):
    graph, options = random_graph(seed, calls), Options(placement=policy, launch="xrt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem, "load_target", lambda name: card)
        patch.setattr("torch_fpga.passes.fx.place.MOST_PRICED", math.inf)
        found = place(graph, options, judged).measure
        assert found == pytest.approx(Brute(graph, options, card, judged).best(), abs=1e-4)


def layers(count: int) -> fx.GraphModule:
    """A product of a resident matrix and the norm of its result, over and over: every layer the same work."""
    b = Builder()
    value = b.input("x", 256)
    for i in range(count):
        value = b.call(aten.mv.default, b.input(f"w{i}", 256, 256, resident=True), value)
        value = b.call(aten.softmax.int, value, -1)
    return b.done(value)


@pytest.mark.parametrize("policy", ["memory_bound", "latency", "energy"])
def test_a_search_asks_for_no_more_prices_than_it_may(monkeypatch, policy):
    nodes_asked = []

    def cost(nodes: list[fx.Node]) -> RegionCost:
        nodes_asked.append(len(nodes))
        return RegionCost(0.0, "judged")

    monkeypatch.setattr("torch_fpga.passes.fx.place.MOST_PRICED", 60)
    placement = place(layers(20), Options(placement=policy), cost)
    assert sum(nodes_asked) <= 60
    assert len(nodes_asked) == placement.prices_asked
    assert no_worse(placement, policy)


def no_worse(placement: Placement, policy: str) -> bool:
    faster, leaner = placement.split.us <= placement.stock.us, placement.split.uj <= placement.stock.uj
    return {"latency": faster, "energy": leaner}.get(policy, faster or leaner)


def test_equal_layers_are_priced_once():
    asked = []
    graph = layers(6)
    pin(*graph.graph.find_nodes(op="call_function", target=aten.softmax.int))  # so that each layer is a region
    placement = place(graph, Options(placement="fpga"), lambda nodes: asked.append(nodes) or RegionCost(1.0))
    assert sum(r.device == "fpga" for r in placement.regions) == 6
    assert len(asked) == placement.prices_asked == 1


def test_many_views_are_not_searched_through():
    b = Builder()
    table = b.input("table", 64, 64, resident=True)
    views = [b.call(aten.slice.Tensor, table, 0, i, 64) for i in range(3 * search.SEARCHED_THROUGH)]
    sums = [b.call(aten.sum.dim_IntList, view, [0, 1]) for view in views]
    placement = place(b.done(*views, *sums), Options(placement="fpga"))
    assert any(r.device == "fpga" for r in placement.regions)
