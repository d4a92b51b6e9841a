"""Small ATen graphs for the tests of placement."""

from __future__ import annotations

import random

import torch
from torch import fx
from torch._subclasses import FakeTensorMode

from torch_fpga.passes.fx.estimate import estimate
from torch_fpga.reasons import Reason
from torch_fpga.targets.work import Work

aten = torch.ops.aten


class Builder:
    """Builds a graph op by op, with fake values as capture leaves them."""

    def __init__(self) -> None:
        self.graph, self.mode, self.resident = fx.Graph(), FakeTensorMode(), set[str]()
        self.root = torch.nn.Module()

    def input(self, name: str, *shape: int, resident: bool = False, dtype: torch.dtype = torch.float32) -> fx.Node:
        node = self.graph.placeholder(name)
        with self.mode:
            node.meta["val"] = torch.empty(shape, dtype=dtype)
        if resident:
            self.resident.add(node.name)
        return node

    def constant(self, name: str, *shape: int) -> fx.Node:
        self.root.register_buffer(name, torch.zeros(shape))
        node = self.graph.get_attr(name)
        with self.mode:
            node.meta["val"] = torch.empty(shape)
        return node

    def call(self, target, *args, name: str | None = None, **kwargs) -> fx.Node:
        node = self.graph.create_node("call_function", target, args, kwargs, name=name)
        with self.mode:
            real = fx.node.map_arg((args, kwargs), lambda n: n.meta["val"])
            node.meta["val"] = target(*real[0], **real[1])
        return node

    def done(self, *outputs: fx.Node, estimated: bool = True) -> fx.GraphModule:
        self.graph.output(outputs)
        module = fx.GraphModule(self.root, self.graph)
        module.meta["resident"] = self.resident
        if estimated:
            estimate(module)
        return module


def pin(*nodes: fx.Node) -> None:
    """As if the FPGA could not run them; after the estimate."""
    for node in nodes:
        node.meta["support"] = Reason("unsupported-op", "made up")


def random_graph(seed: int, calls: int) -> fx.GraphModule:
    """Elementwise ops, reductions, products, views, writes into a buffer; some unsupported, with random work."""
    rng = random.Random(seed)
    b = Builder()
    values = [b.input("x", 64, 64), b.input("y", 64, 64), b.input("w", 64, 64, resident=True)]
    cache = b.input("cache", 64, 64, resident=True)
    reads = [*values, cache]
    for _ in range(calls):
        pick = [rng.choice(reads if rng.random() < 0.2 else reads[-6:]) for _ in range(2)]
        target, *args = rng.choice(
            [
                (aten.add.Tensor, *pick),
                (aten.relu.default, pick[0]),
                (aten.mm.default, *pick),
                (aten.permute.default, pick[0], [1, 0]),
                (aten.softmax.int, pick[0], -1),
            ]
        )
        reads.append(b.call(target, *args))
    if rng.random() < 0.5:
        b.call(aten.copy_.default, cache, rng.choice(reads[4:]))
    graph = b.done(*{rng.choice(reads[4:]) for _ in range(2)}, *[n for n in reads[4:] if not n.users])
    for node in graph.graph.nodes:
        if node.op != "call_function" or node.meta["is_view"]:
            continue
        if node.meta["support"] is None and rng.random() < 0.25:
            pin(node)
        # Sizes around what the link takes, so that it pays to go about as often as not.
        heavy = rng.choice([0, 10**6, 10**8])
        node.meta["work"] = Work(heavy, 16384, rng.choice([0, 10**5, 10**9]), 0, node.meta["work"].gpu_kernels)
    return graph
