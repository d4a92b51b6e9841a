"""What becomes one super-node, what its work is, and that super-nodes never wait for each other in a circle."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import fx

from tests.passes.fx.graphs import Builder, aten, pin, random_graph
from torch_fpga.passes.fx.group import SuperNode, group

KIB4 = 4 * 32 * 32


def names(graph: fx.GraphModule) -> list[set[str]]:
    return [{node.name for node in s.nodes} for s in group(graph)]


def of(groups: list[SuperNode], node: fx.Node) -> SuperNode:
    return next(s for s in groups if node in s.nodes)


def test_an_elementwise_chain_into_softmax_is_one_kernel():
    b = Builder()
    x, y = b.input("x", 32, 32), b.input("y", 32, 32)
    chain = b.call(aten.relu.default, b.call(aten.add.Tensor, x, y))
    (only,) = group(b.done(b.call(aten.softmax.int, chain, -1)))
    assert (only.work.bytes_read, only.work.bytes_written) == (2 * KIB4, KIB4)
    assert only.work.flops == (1 + 1 + 11) * 32 * 32
    assert only.work.gpu_kernels == 1


def test_what_two_members_read_counts_once_and_what_others_read_is_written():
    b = Builder()
    x = b.input("x", 32, 32)
    first = b.call(aten.relu.default, x)
    (only,) = group(b.done(first, b.call(aten.add.Tensor, first, x)))
    assert (only.work.bytes_read, only.work.bytes_written) == (KIB4, 2 * KIB4)


def test_two_reductions_are_two_kernels():
    b = Builder()
    x = b.input("x", 32, 32)
    first = b.call(aten.softmax.int, x, -1)
    assert len(group(b.done(b.call(aten.softmax.int, first, -1)))) == 2


def test_a_view_goes_with_its_producer_and_the_view_of_an_input_with_its_reader():
    b = Builder()
    x, w = b.input("x", 32, 32), b.input("w", 32, 32)
    product = b.call(aten.mm.default, x, b.call(aten.permute.default, w, [1, 0]))
    (only,) = group(b.done(b.call(aten.view.default, product, [1024])))
    assert len(only.nodes) == 3
    assert (only.work.bytes_read, only.work.bytes_written) == (2 * KIB4, KIB4)


def test_the_view_of_an_input_with_several_readers_is_free_and_alone():
    b = Builder()
    x, w = b.input("x", 32, 32), b.input("w", 32, 32)
    turned = b.call(aten.permute.default, w, [1, 0])
    groups = group(b.done(b.call(aten.mm.default, x, turned), b.call(aten.mm.default, turned, x)))
    alone = of(groups, turned)
    assert alone.is_view
    assert alone.nodes == [turned]
    assert (alone.work.bytes, alone.work.gpu_kernels) == (0, 0)


def test_the_view_of_what_only_the_gpu_makes_may_go_either_way():
    b = Builder()
    x, w = b.input("x", 32, 32), b.input("w", 32)
    made = b.call(aten.relu.default, x)
    part = b.call(aten.select.int, made, 0, 0)
    graph = b.done(b.call(aten.dot.default, part, w))
    pin(made)
    assert names(graph) == [{"relu_default"}, {"select_int"}, {"dot_default"}]


def test_the_parts_of_a_result_stay_with_the_op():
    b = Builder()
    best = b.call(aten.topk.default, b.input("x", 1000), 8)
    parts = [b.call(operator.getitem, best, i) for i in range(2)]
    (only,) = group(b.done(*parts))
    assert only.nodes == [best, *parts]
    assert only.work.gpu_kernels == 3


def test_unsupported_and_supported_do_not_fuse():
    b = Builder()
    first = b.call(aten.relu.default, b.input("x", 32, 32))
    second = b.call(aten.relu.default, first)
    graph = b.done(second)
    pin(first)
    groups = group(graph)
    assert [s.support is None for s in groups] == [False, True]


def test_independent_readers_do_not_keep_a_producer_from_fusing():
    b = Builder()
    x, w = b.input("x", 32, 32), b.input("w", 32, 32)
    shared = b.call(aten.relu.default, x)
    added = b.call(aten.add.Tensor, shared, x)
    assert sorted(map(len, names(b.done(added, b.call(aten.mm.default, shared, w))))) == [1, 2]


def test_a_residual_round_a_product_is_no_cycle():
    b = Builder()
    x, w = b.input("x", 32, 32), b.input("w", 32, 32)
    first = b.call(aten.relu.default, x)
    product = b.call(aten.mm.default, first, w)
    assert len(group(b.done(b.call(aten.add.Tensor, first, product)))) == 3


def test_a_write_goes_with_the_producer_of_its_value():
    b = Builder()
    cache, x = b.input("cache", 32, 32, resident=True), b.input("x", 32, 32)
    made = b.call(aten.add.Tensor, cache, x)
    write = b.call(aten.copy_.default, cache, made)
    graph = b.done(made)
    pin(made)
    (only,) = group(graph)
    assert only.mutates
    assert only.nodes == [made, write]


def test_a_write_waits_for_all_that_read_what_it_overwrites():
    b = Builder()
    cache, x = b.input("cache", 32, 32, resident=True), b.input("x", 32, 32)
    part = b.call(aten.slice.Tensor, cache, 0, 0, 4)
    reader = b.call(aten.softmax.int, part, -1)
    write = b.call(aten.copy_.default, cache, b.call(aten.relu.default, x))
    groups = group(b.done(reader))
    assert of(groups, reader).id in of(groups, write).after


@given(st.integers(0, 10**6), st.integers(1, 60))
def test_every_node_is_in_one_super_node_and_they_are_in_a_legal_order(seed, calls):
    graph = random_graph(seed, calls)
    groups = group(graph)
    nodes = [node for s in groups for node in s.nodes]
    assert sorted(nodes) == [n for n in graph.graph.nodes if n.op == "call_function"]
    place = {node: s.id for s in groups for node in s.nodes}
    assert [s.id for s in groups] == list(range(len(groups)))
    for node in nodes:
        assert all(place[source] <= place[node] for source in node.all_input_nodes if source in place)
    assert all(before < s.id for s in groups for before in s.after)
    assert all((n.meta["support"] is None) == (s.support is None) for s in groups for n in s.nodes)


@pytest.mark.parametrize("seed", range(20))
def test_fusing_only_takes_bytes_away(seed):
    graph = random_graph(seed, 40)
    apart = sum(n.meta["work"].bytes for n in graph.graph.nodes if n.op == "call_function")
    assert 0 < sum(s.work.bytes for s in group(graph)) <= apart
