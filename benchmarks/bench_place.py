"""How long placement takes: grouping, cut and stages of a decode step shaped like Llama 8B, about 2,000 nodes."""

from __future__ import annotations

import statistics
import time

import torch
from torch import fx
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn import functional as F

from benchmarks.measure import header, verdict
from torch_fpga.options import Options
from torch_fpga.passes.fx.estimate import estimate
from torch_fpga.passes.fx.group import group
from torch_fpga.passes.fx.place import POLICIES, place

WIDTH, HEADS, KV_HEADS, HEAD, HIDDEN, CONTEXT = 4096, 32, 8, 128, 14336, 4096
SHAPES = [
    (WIDTH,),
    (WIDTH, WIDTH),
    (KV_HEADS * HEAD, WIDTH),
    (KV_HEADS * HEAD, WIDTH),
    (WIDTH, WIDTH),
    (WIDTH,),
    (HIDDEN, WIDTH),
    (HIDDEN, WIDTH),
    (WIDTH, HIDDEN),
]


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat([-right, left], -1) * sin


def step(weights: list[list[torch.Tensor]], caches: list[list[torch.Tensor]], x, at, cos, sin):  # type: ignore[no-untyped-def]
    for (norm1, q, k, v, out, norm2, gate, up, down), (keys, values) in zip(weights, caches, strict=True):
        h = F.rms_norm(x, (WIDTH,), norm1)
        query = rotate(F.linear(h, q).view(KV_HEADS, HEADS // KV_HEADS, HEAD), cos, sin)
        keys.index_copy_(1, at, rotate(F.linear(h, k).view(KV_HEADS, 1, HEAD), cos, sin))
        values.index_copy_(1, at, F.linear(h, v).view(KV_HEADS, 1, HEAD))
        weight = torch.softmax(query @ keys.transpose(1, 2) * HEAD**-0.5, -1)
        x = x + F.linear((weight @ values).view(1, WIDTH), out)
        h = F.rms_norm(x, (WIDTH,), norm2)
        x = x + F.linear(F.silu(F.linear(h, gate)) * F.linear(h, up), down)
    return x


def decode(layers: int) -> fx.GraphModule:
    """The step as capture hands it on: functional, writes into the caches at the end."""
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        weights = [[torch.empty(shape) for shape in SHAPES] for _ in range(layers)]
        caches = [[torch.empty(KV_HEADS, CONTEXT, HEAD) for _ in range(2)] for _ in range(layers)]
        rest = torch.empty(1, WIDTH), torch.zeros(1, dtype=torch.long), torch.empty(HEAD), torch.empty(HEAD)
        graph = make_fx(torch.func.functionalize(step, remove="mutations"))(weights, caches, *rest)
    inputs = graph.graph.find_nodes(op="placeholder")
    graph.meta["resident"] = {node.name for node in inputs[: layers * (len(SHAPES) + 2)]}
    return graph


def main() -> None:
    header("placement: group and place, about 2,000 nodes")
    graph = decode(35)
    estimate(graph)
    nodes = sum(node.op == "call_function" for node in graph.graph.nodes)
    grouping = statistics.median(seconds(group, graph) for _ in range(5))
    print(f"   {nodes} nodes, {len(group(graph))} super-nodes, of it grouping {grouping:.3f} s")
    for policy in POLICIES:
        taken = statistics.median(seconds(place, graph, Options(placement=policy)) for _ in range(5))
        regions = graph.meta["placement"].regions
        fpga = sum(region.device == "fpga" for region in regions)
        print(f"   {policy:12} {verdict(taken, 1.0, ' s')}, {fpga} FPGA regions, {len(regions)} in all")


def seconds(function, *arguments) -> float:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
