"""What nobody reads goes; inputs and writes stay."""

from __future__ import annotations

import torch

from tests.passes.fx.graphs import Builder
from torch_fpga.passes.fx.drop_dead import drop_dead

aten = torch.ops.aten


def test_what_nobody_reads_goes():
    b = Builder()
    x, unread = b.input("x", 4, 4), b.input("unread", 4)
    b.call(aten.relu.default, b.call(aten.softmax.int, x, -1))
    result = b.call(aten.exp.default, x)
    write = b.call(aten.copy_.default, unread, b.call(aten.sum.dim_IntList, x, [0]))
    graph = b.done(result, estimated=False)
    drop_dead(graph)
    left = [node.target for node in graph.graph.nodes if node.op == "call_function"]
    assert left == [aten.exp.default, aten.sum.dim_IntList, aten.copy_.default]
    assert write in graph.graph.nodes
    assert len(graph.graph.find_nodes(op="placeholder")) == 2
