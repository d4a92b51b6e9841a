"""What costs nothing is taken in each dense region that reads it: views of written inputs, and numbers."""

from __future__ import annotations

import torch
from torch import fx
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

from tests.passes.fx.graphs import Builder
from torch_fpga.passes.fx.reinplace_caches import reinplace_caches
from torch_fpga.passes.fx.sink_scalars import sink_scalars
from torch_fpga.passes.fx.sink_views import sink_views

aten = torch.ops.aten


def _at(node: fx.Node, device: str, stage: int) -> fx.Node:
    node.meta.update(device=device, stage=stage, region=f"{device}{stage}")
    return node


def test_a_view_of_a_written_input_is_taken_in_every_dense_region():
    b = Builder()
    c = b.input("c", 4, 4)
    view = _at(b.call(aten.t.default, c), "gpu", 0)
    first = _at(b.call(aten.relu.default, view), "gpu", 0)
    kernel = _at(b.call(aten.softmax.int, view, -1), "fpga", 1)
    second = _at(b.call(aten.add.Tensor, view, kernel), "gpu", 2)
    _at(b.call(aten.copy_.default, c, second), "gpu", 2)
    graph = b.done(first)
    sink_views(graph)
    graph.graph.lint()
    assert first.args[0] is view
    assert kernel.args[0] is view  # a kernel is handed the view: it writes into nothing
    assert second.args[0] is not view
    assert (second.args[0].target, second.args[0].meta["region"]) == (aten.t.default, "gpu2")


def test_a_view_of_what_nobody_writes_stays():
    b = Builder()
    c = b.input("c", 4, 4)
    view = _at(b.call(aten.t.default, c), "gpu", 0)
    read = _at(b.call(aten.relu.default, view), "gpu", 2)
    graph = b.done(read)
    sink_views(graph)
    assert read.args[0] is view


def test_numbers_are_computed_where_they_are_read():
    def f(x):
        return torch.atan(x)[: x.shape[0] // 2]

    graph = make_fx(f, tracing_mode="symbolic")(torch.randn(8, 4))
    targets = ("sym_size", "floordiv", "atan", "slice")
    size, half, atan, cut = (next(n for n in graph.graph.nodes if name in str(n.target)) for name in targets)
    for node in (size, half):
        _at(node, "gpu", 0)
    _at(atan, "gpu", 0)
    for node in graph.graph.nodes:
        if node.op == "call_function" and "region" not in node.meta:
            _at(node, "gpu", 2)
    sink_scalars(graph)
    graph.graph.lint()
    number = cut.args[3]
    assert number is not half
    assert number.meta["region"] == "gpu2"
    assert number.args[0].meta["region"] == "gpu2"
    assert not any(n is half for n in graph.graph.nodes)


def test_a_number_taken_from_data_is_no_such_number():
    b = Builder()
    b.mode = FakeTensorMode(shape_env=torch.fx.experimental.symbolic_shapes.ShapeEnv())
    x = b.input("x", dtype=torch.int64)
    item = _at(b.call(aten._local_scalar_dense.default, x), "gpu", 0)
    read = _at(b.call(aten.full.default, [2], item), "gpu", 2)
    graph = b.done(read, estimated=False)
    sink_scalars(graph)
    assert read.args[1] is item


def test_who_reads_an_updated_input_in_a_later_region_reads_it_where_it_lies():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    first = _at(b.call(aten.select_scatter.default, c, k, 0, 0), "gpu", 0)
    beside = _at(b.call(aten.relu.default, first), "gpu", 0)
    _at(b.call(aten.copy_.default, c, first), "gpu", 0)
    later = _at(b.call(aten.softmax.int, first, -1), "fpga", 1)
    graph = b.done(beside, later)
    reinplace_caches(graph)
    assert later.args[0] is c
    assert beside.args[0] is first
