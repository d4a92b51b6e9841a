"""What goes to the FPGA under each policy, in which order, and that every node knows why."""

from __future__ import annotations

import dataclasses
import functools
import math
import operator

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import fx

from tests.passes.fx.graphs import Builder, aten, pin, random_graph
from torch_fpga.options import _CHOICES, Options
from torch_fpga.passes.fx import problem
from torch_fpga.passes.fx.place import Placement, place
from torch_fpga.passes.fx.policies import POLICIES
from torch_fpga.targets.fpga import Fpga, load_target
from torch_fpga.targets.gpu import load_host
from torch_fpga.targets.link import load_link
from torch_fpga.targets.work import Work

GPU, FPGA, LINK = load_host("mi210"), load_target("u55c"), load_link("mi210", "u55c")
BIG = 1 << 16

# A card that is worth its while: as fast as the GPU's memory, with a launch that costs little.
FAST = dataclasses.replace(FPGA, bandwidth_gb_per_s=3600.0, channel_gb_per_s=3600.0, dsp=90240, launch_us=5.0)


@pytest.fixture
def fast_card(monkeypatch):
    def load(name: str) -> Fpga:
        card = load_target(name)
        return dataclasses.replace(FAST, name=card.name, memory_gib=card.memory_gib)

    monkeypatch.setattr(problem, "load_target", load)


def placed(graph: fx.GraphModule, policy: str = "memory_bound", **more) -> Placement:
    return place(graph, Options(placement=policy, **more))


def search(rows: int = BIG) -> tuple[fx.GraphModule, list[fx.Node]]:
    """Dense work on x, then its product with a large resident index, and the best rows."""
    b = Builder()
    x, w = b.input("x", 64, 256), b.input("w", 256, 256, resident=True)
    index = b.input("index", rows, 256, resident=True)
    query = b.call(aten.select.int, b.call(aten.mm.default, x, w), 0, 0)
    scores = b.call(aten.mv.default, index, query)
    best = b.call(aten.topk.default, scores, 8)
    return b.done(*[b.call(operator.getitem, best, i) for i in range(2)]), [scores, best]


def codes(nodes: list[fx.Node]) -> set[str]:
    return {node.meta["reason"].code for node in nodes}


@pytest.mark.usefixtures("fast_card")
def test_memory_bound_work_on_resident_data_goes_and_dense_work_stays():
    graph, memory = search()
    placement = placed(graph)
    assert [(r.id, r.device, r.stage) for r in placement.regions] == [("gpu0", "gpu", 0), ("fpga0", "fpga", 1)]
    assert {n.name for n in memory} < set(placement.regions[1].nodes)
    assert codes(memory) == {"memory-bound"}
    assert graph.meta["placement"] is placement
    dense = next(n for n in graph.graph.nodes if n.target is aten.mm.default)
    assert dense.meta["reason"].code == "unsupported-form"  # 64 rows on both sides


@pytest.mark.usefixtures("fast_card")
def test_a_region_says_what_it_reads_crosses_and_costs():
    region = placed(search()[0]).regions[1]
    assert region.resident_bytes == BIG * 256 * 4
    assert (region.link_bytes_in, region.link_bytes_out) == (256 * 4, 8 * 4 + 8 * 8)
    assert region.link_in_us == pytest.approx(LINK.time_us(1024, "to_fpga"))
    assert region.fpga_us == pytest.approx(FAST.launch_us + FAST.time_us(Work(256 * 4 * BIG)), rel=0.01)
    link = region.link_in_us + region.link_out_us
    assert region.gain == pytest.approx(region.gpu_us - link - FAST.launch_us)
    assert region.bound == "memory"
    # The policy frees the GPU; that it is slower on this card must be said.
    assert region.slower_than_gpu == (region.fpga_us + link > region.gpu_us)


@pytest.mark.usefixtures("fast_card")
def test_not_resident_data_does_not_go():
    graph, memory = search()
    graph.meta["resident"] = set()
    placement = placed(graph)
    assert [r.device for r in placement.regions] == ["gpu"]
    assert codes(memory) == {"link-cost"}
    assert "us" in memory[0].meta["reason"].detail


@pytest.mark.usefixtures("fast_card")
def test_a_region_worth_less_than_its_launch_is_given_back():
    b = Builder()
    table = b.input("table", 14_000, 256, resident=True)
    graph = b.done(b.call(aten.sum.dim_IntList, table, [0, 1]))
    assert [r.device for r in placed(graph).regions] == ["gpu"]
    (total,) = (n for n in graph.graph.nodes if n.op == "call_function")
    assert total.meta["reason"].code == "no-gain"
    assert "launch" in total.meta["reason"].detail


@pytest.mark.usefixtures("fast_card")
def test_a_region_that_gains_less_than_asked_for_is_given_back():
    graph, memory = search()
    gain = placed(graph).regions[1].gain
    assert len(placed(graph, min_partition_gain=gain - 1).regions) == 2
    assert len(placed(graph, min_partition_gain=gain + 1).regions) == 1
    assert codes(memory) == {"below-min-gain"}


@pytest.mark.usefixtures("fast_card")
def test_compute_bound_work_stays_unless_it_is_small_and_between():
    b = Builder()
    table, x = b.input("table", BIG, 256, resident=True), b.input("x", 256)
    first = b.call(aten.mv.default, table, x)
    between = b.call(aten.relu.default, first)
    last = b.call(aten.mv.default, b.call(aten.permute.default, table, [1, 0]), between)
    graph = b.done(last)
    between.meta["work"] = dataclasses.replace(between.meta["work"], flops=BIG * 64)
    placed(graph)
    assert (between.meta["device"], between.meta["reason"].code) == ("fpga", "with-neighbours")
    between.meta["work"] = dataclasses.replace(between.meta["work"], flops=10**12)
    placed(graph)
    assert (between.meta["device"], between.meta["reason"].code) == ("gpu", "compute-bound")


def test_latency_takes_what_is_faster_and_says_so():
    graph, memory = search()
    placed(graph, "latency")
    assert codes(memory[:1]) == {"slower-on-fpga"}
    # Many small kernels: the GPU launches each, the FPGA all at once.
    b = Builder()
    value = b.input("table", 32, 64, resident=True)
    for _ in range(24):
        value = b.call(aten.softmax.int, value, -1)
    graph = b.done(b.call(aten.sum.dim_IntList, value, [0, 1]))
    (region,) = placed(graph, "latency").regions
    assert region.device == "fpga"
    assert not region.slower_than_gpu
    assert region.gain == pytest.approx(region.gpu_us - region.fpga_us - region.link_in_us - region.link_out_us)
    assert codes([value]) == {"lower-latency"}


def test_energy_counts_microjoules():
    b = Builder()
    value = b.input("table", 32, 64, resident=True)
    for _ in range(24):
        value = b.call(aten.softmax.int, value, -1)
    graph = b.done(b.call(aten.sum.dim_IntList, value, [0, 1]))
    (region,) = placed(graph, "energy").regions
    assert region.device == "fpga"
    assert region.gain == pytest.approx(region.gpu_uj - region.fpga_uj)
    assert codes([value]) == {"lower-energy"}


def test_policy_fpga_takes_all_it_can_and_gives_nothing_back():
    b = Builder()
    x = b.input("x", 8, 8)
    first = b.call(aten.relu.default, x)
    middle = b.call(aten.relu.default, first)
    last = b.call(aten.relu.default, middle)
    graph = b.done(last)
    pin(middle)
    placement = placed(graph, "fpga", min_partition_gain=1e9)
    assert [(r.id, r.stage) for r in placement.regions] == [("fpga0", 1), ("gpu0", 2), ("fpga1", 3)]
    assert codes([first, last]) == {"policy-fpga"}
    assert middle.meta["reason"].code == "unsupported-op"
    assert placement.regions[1].fpga_us == math.inf
    assert math.isfinite(placement.split.us)


def test_policy_gpu_takes_nothing():
    graph, memory = search()
    assert [r.device for r in placed(graph, "gpu").regions] == ["gpu"]
    assert codes(memory) == {"policy-gpu"}


def test_only_views_are_no_region():
    b = Builder()
    table = b.input("table", 64, 64, resident=True)
    graph = b.done(b.call(aten.permute.default, table, [1, 0]))
    for policy in POLICIES:
        (region,) = placed(graph, policy).regions
        assert region.device == "gpu"


@pytest.mark.usefixtures("fast_card")
def test_a_written_buffer_is_not_resident_and_its_write_comes_last():
    b = Builder()
    x, cache = b.input("x", BIG, 64), b.input("cache", BIG, 64, resident=True)
    read = b.call(aten.sum.dim_IntList, cache, [0, 1])
    write = b.call(aten.copy_.default, cache, x)
    graph = b.done(read)
    placement = placed(graph, "fpga")
    assert (read.meta["device"], write.meta["device"]) == ("fpga", "gpu")
    assert write.meta["reason"].code == "mutation"
    assert write.meta["stage"] > read.meta["stage"]
    assert placement.regions[0].resident_bytes == 0
    assert placement.regions[0].link_bytes_in == BIG * 64 * 4
    placed(graph)
    assert read.meta["device"] == "gpu"


def test_the_producer_of_a_written_value_may_read_resident_data():
    b = Builder()
    cache, w = b.input("cache", 64, resident=True), b.input("w", BIG, 64, resident=True)
    made = b.call(aten.argmax.default, w, 1)
    moved = b.call(aten.slice.Tensor, b.call(aten.add.Tensor, made, 1), 0, 0, 64)
    b.call(aten.copy_.default, cache, moved)
    graph = b.done(b.call(aten.sum.default, w))
    pin(*(n for n in graph.graph.nodes if n.target in (aten.add.Tensor, aten.argmax.default)))
    gpu, fpga = sorted(placed(graph, "fpga").regions, key=lambda r: r.device, reverse=True)
    assert gpu.resident_bytes == fpga.resident_bytes == BIG * 64 * 4


@pytest.mark.usefixtures("fast_card")
def test_a_constant_lies_where_it_is_read():
    b = Builder()
    constant, table = b.constant("constant", 64), b.input("table", BIG, 64, resident=True)
    graph = b.done(b.call(aten.sum.default, b.call(aten.mv.default, table, constant)))
    (region,) = placed(graph).regions
    assert (region.link_bytes_in, region.resident_bytes) == (0, BIG * 64 * 4 + 64 * 4)
    assert (constant.meta["device"], constant.meta["region"]) == ("fpga", "fpga0")


@pytest.mark.usefixtures("fast_card")
def test_a_tensor_that_two_regions_read_is_brought_over_once():
    b = Builder()
    x, one, two = b.input("x", 256), b.input("one", BIG, 256, resident=True), b.input("two", BIG, 256, resident=True)
    graph = b.done(*[b.call(aten.sum.default, b.call(aten.mv.default, w, x)) for w in (one, two)])
    regions = placed(graph).regions
    assert [r.id for r in regions] == ["fpga0", "fpga1"]
    assert [r.link_bytes_in for r in regions] == [1024, 0]


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from(_CHOICES["placement"]))
def test_regions_can_run_one_after_the_other_and_every_node_knows_why(seed, calls, policy):
    graph = random_graph(seed, calls)
    placement = placed(graph, policy)
    nodes = [n for n in graph.graph.nodes if n.op == "call_function"]
    devices = {r.id: r.device for r in placement.regions}
    assert sorted(name for r in placement.regions for name in r.nodes) == sorted(n.name for n in nodes)
    quotient = nx.DiGraph()
    quotient.add_nodes_from(devices)
    for node in nodes:
        meta = node.meta
        assert meta["reason"].code
        assert meta["device"] == devices[meta["region"]]
        assert meta["stage"] % 2 == (meta["device"] == "fpga")
        assert meta["device"] == "gpu" or meta["support"] is None
        quotient.add_edges_from((s.meta["region"], meta["region"]) for s in node.all_input_nodes if s in nodes)
        if node.target is aten.copy_.default:
            readers = [u for u in node.args[0].users if u is not node]
            quotient.add_edges_from((u.meta["region"], meta["region"]) for u in readers)
    quotient.remove_edges_from(list(nx.selfloop_edges(quotient)))
    assert nx.is_directed_acyclic_graph(quotient)
    order = {r.id: i for i, r in enumerate(placement.regions)}
    assert all(order[a] < order[b] for a, b in quotient.edges)
    for region in placement.regions:
        assert policy == "fpga" or region.device == "gpu" or region.gain > 0
    here, there = placement.stock, placement.split
    if policy in ("latency", "energy"):
        assert there.us <= here.us if policy == "latency" else there.uj <= here.uj
    assert policy == "fpga" or there.us <= here.us or there.uj <= here.uj


ROWS_OF_A_GIB = 1 << 20  # of 256 float32


def lookup(b: Builder, *gib: int) -> tuple[fx.GraphModule, list[fx.Node]]:
    """The best rows of an index of so many GiB each; and the products."""
    x = b.input("x", 256)
    tables = [b.input(f"index{i}", n * ROWS_OF_A_GIB, 256, resident=True) for i, n in enumerate(gib)]
    products = [b.call(aten.mv.default, table, x) for table in tables]
    best = [b.call(aten.topk.default, product, 8) for product in products]
    return b.done(*[b.call(operator.getitem, each, i) for each in best for i in range(2)]), products


@pytest.mark.usefixtures("fast_card")
@pytest.mark.parametrize("policy", ["memory_bound", "fpga"])
def test_an_index_larger_than_the_cards_memory_stays_on_the_gpu(policy):
    graph, (product,) = lookup(Builder(), 18)
    placed(graph, policy)
    assert product.meta["device"] == "gpu"
    reason = product.meta["reason"]
    assert reason.code == "card-memory"
    assert "18.0 GiB of parameters" in reason.detail
    assert "Alveo U55C has 16.0 GiB" in reason.detail
    placed(graph, policy, target="v80")
    assert product.meta["device"] == "fpga"


def test_what_is_seen_through_a_view_counts_too():
    b = Builder()
    x, table = b.input("x", 4, 256), b.input("index", 18 * ROWS_OF_A_GIB, 256, resident=True)
    product = b.call(aten.mm.default, x, b.call(aten.permute.default, table, [1, 0]))
    graph = b.done(product)
    assert {r.device for r in placed(graph, "fpga").regions} == {"gpu"}
    assert product.meta["reason"].code == "card-memory"


@pytest.mark.usefixtures("fast_card")
@pytest.mark.parametrize("policy", ["memory_bound", "fpga"])
def test_of_several_tensors_those_go_that_the_card_has_room_for(policy):
    graph, products = lookup(Builder(), 9, 6, 3)
    placed(graph, policy)
    assert sorted(p.meta["device"] for p in products) == ["fpga", "fpga", "gpu"]
    (left,) = (p for p in products if p.meta["device"] == "gpu")
    assert "of it taken" in left.meta["reason"].detail


def test_what_holds_no_parameters_does_not_leave_a_full_card():
    b = Builder()
    x, best = b.input("x", 4096), []
    for part in range(3):
        tables = [b.input(f"index{part}_{i}", 1 << 16, 4096, resident=True) for i in range(8)]
        products = [b.call(aten.mv.default, table, x) for table in tables]
        best.append(b.call(aten.relu.default, functools.reduce(lambda p, q: b.call(aten.add.Tensor, p, q), products)))
    weights = [b.call(aten.softmax.int, each, -1) for each in best]
    graph = b.done(*weights)
    pin(*best)
    placed(graph, "fpga")
    assert {weight.meta["device"] for weight in weights} == {"fpga"}
    left = [n for n in graph.graph.find_nodes(op="call_function", target=aten.mv.default) if n.meta["device"] == "gpu"]
    assert len(left) == 9  # of 24 GiB and what passes, 15 are there
    assert codes(left) == {"card-memory"}


def test_a_parameter_of_two_regions_counts_once():
    b = Builder()
    x, table = b.input("x", 256), b.input("index", 9 * ROWS_OF_A_GIB, 256, resident=True)
    products = [b.call(aten.mv.default, table, y) for y in (x, b.call(aten.relu.default, x))]
    graph = b.done(*products)
    placed(graph, "fpga")
    assert {p.meta["device"] for p in products} == {"fpga"}
