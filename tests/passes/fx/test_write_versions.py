"""A version of an input that somebody reads is written into the input, or made of a copy where that would be seen."""

from __future__ import annotations

import torch
from torch import fx

from tests.passes.fx.graphs import Builder
from torch_fpga.ops.copied import copied
from torch_fpga.passes.fx.group import group
from torch_fpga.passes.fx.write_versions import write_versions

aten = torch.ops.aten


def _after(b: Builder, *outputs: fx.Node) -> list[tuple[str, str]]:
    """The writes after the pass: what is written, and where the value comes from."""
    graph = b.done(*outputs, estimated=False)
    write_versions(graph)
    graph.graph.lint()
    return [(str(n.args[0]), str(n.args[1])) for n in graph.graph.find_nodes(op="call_function", target=_COPY)]


_COPY = aten.copy_.default


def _two_writes(b: Builder) -> tuple[fx.Node, fx.Node, fx.Node]:
    c, k = b.input("c", 4, 4), b.input("k", 4)
    first = b.call(aten.select_scatter.default, c, k, 0, 0, name="first")
    read = b.call(aten.softmax.int, first, -1, name="read")
    last = b.call(aten.zeros_like.default, first, name="last")
    return c, read, last


def test_a_version_that_is_read_is_written():
    b = Builder()
    c, read, last = _two_writes(b)
    b.call(_COPY, c, last)
    assert _after(b, read) == [("c", "first"), ("c", "last")]


def test_one_write_stays_one():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    first = b.call(aten.select_scatter.default, c, k, 0, 0, name="first")
    read = b.call(aten.softmax.int, first, -1)
    b.call(_COPY, c, first)
    assert _after(b, read) == [("c", "first")]


def test_a_version_that_nobody_reads_is_not_written():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    first = b.call(aten.select_scatter.default, c, k, 0, 0)
    last = b.call(aten.select_scatter.default, first, k, 0, 1, name="last")
    b.call(_COPY, c, last)
    assert _after(b) == [("c", "last")]


def test_a_version_made_through_a_view_is_written_whole():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    flat = b.call(aten.view.default, c, [16])
    put = b.call(aten.slice_scatter.default, flat, k, 0, 0, 4)
    whole = b.call(aten.view.default, put, [4, 4], name="whole")
    read = b.call(aten.softmax.int, whole, -1)
    last = b.call(aten.zeros_like.default, whole, name="last")
    b.call(_COPY, c, last)
    assert _after(b, read) == [("c", "whole"), ("c", "last")]


def test_a_transposed_version_is_not_taken_for_the_input():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    put = b.call(aten.select_scatter.default, b.call(aten.t.default, c), k, 0, 0)
    back = b.call(aten.t.default, put, name="back")
    read = b.call(aten.softmax.int, back, -1)
    b.call(_COPY, c, b.call(aten.zeros_like.default, back, name="last"))
    assert _after(b, read) == [("c", "back"), ("c", "last")]


def test_a_copy_that_is_written_into_another_input_is_kept():
    b = Builder()
    c, d = b.input("c", 4, 4), b.input("d", 4, 4)
    b.call(aten.clone.default, c, name="clone")
    clone = next(node for node in b.graph.nodes if node.name == "clone")
    b.call(_COPY, c, d)
    b.call(_COPY, d, clone)
    assert _after(b) == [("c", "d"), ("d", "copied_default")]


def test_a_version_that_is_returned_is_made_of_a_copy():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    first = b.call(aten.select_scatter.default, c, k, 0, 0)
    last = b.call(aten.zeros_like.default, c, name="last")
    b.call(_COPY, c, last)
    assert _after(b, first) == [("c", "last")]
    assert first.args[0].target is copied


def test_a_version_is_made_of_a_copy_where_the_input_is_still_read():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    first = b.call(aten.select_scatter.default, c, k, 0, 0)
    read = b.call(aten.softmax.int, first, -1)
    old = b.call(aten.cumsum.default, c, -1)
    last = b.call(aten.zeros_like.default, c, name="last")
    b.call(_COPY, c, last)
    assert _after(b, read, old) == [("c", "last")]
    assert first.args[0].target is copied


def test_who_reads_a_version_runs_before_the_next_write():
    b = Builder()
    c, read, last = _two_writes(b)
    write = b.call(_COPY, c, last)
    graph = b.done(read, estimated=False)
    write_versions(graph)
    from torch_fpga.passes.fx.estimate import estimate

    estimate(graph)
    nodes = group(graph)
    of = {node: s for s in nodes for node in s.nodes}
    assert of[read].id in of[write].after
