"""What ``write_versions`` is for: who reads a version of an input may read the input itself. Its cases are a text."""

from __future__ import annotations

from tests.passes.fx.graphs import Builder, aten
from torch_fpga.passes.fx.estimate import estimate
from torch_fpga.passes.fx.group import group
from torch_fpga.passes.fx.write_versions import write_versions


def test_who_reads_a_version_runs_before_the_next_write():
    b = Builder()
    c, k = b.input("c", 4, 4), b.input("k", 4)
    first = b.call(aten.select_scatter.default, c, k, 0, 0)
    read = b.call(aten.softmax.int, first, -1)
    write = b.call(aten.copy_.default, c, b.call(aten.zeros_like.default, first))
    graph = b.done(read, estimated=False)
    write_versions(graph)
    estimate(graph)
    of = {node: s for s in group(graph) for node in s.nodes}
    assert of[read].id in of[write].after
