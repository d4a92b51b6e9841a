"""Reports made by hand: a search job as a user would see it, and a chain of many regions."""

from __future__ import annotations

from torch_fpga.reasons import WORDS
from torch_fpga.report import (
    EdgeReport,
    FallbackReport,
    GapReport,
    GraphReport,
    NodeReport,
    RegionReport,
    Report,
    StepTime,
)

ENCODE = {
    "embedding": ("aten.embedding.default", "link-cost", "worth 4.1 us, link 21.3 us"),
    "linear": ("aten.linear.default", "compute-bound", "16.0 FLOP/B"),
    "attention": ("aten.scaled_dot_product_attention.default", "unsupported-op", ""),
    "linear_1": ("aten.linear.default", "compute-bound", "16.0 FLOP/B"),
}
SEARCH = {
    "mm": ("aten.mm.default", "memory-bound", "scores = self.index @ query"),
    "topk": ("aten.topk.default", "memory-bound", "values, indices = scores.topk(8)"),
    "getitem": ("getitem", "view", "values, indices = scores.topk(8)"),
    "softmax": ("aten.softmax.int", "with-neighbours", "weights = torch.softmax(values, -1)"),
    "index": ("aten.index.Tensor", "memory-bound", "rows = self.index[indices]"),
    "mm_1": ("aten.mm.default", "memory-bound", "context = weights @ rows"),
}
STEPS_OF_SEARCH = ["relevancy", *["retrieve"] * 2, *["apply"] * 3]


def search_report() -> Report:
    """Encode on the GPU, then scores over 10,000 resident rows, top-k, softmax and a weighted sum on the FPGA."""
    nodes = [
        NodeReport(
            name,
            op,
            "gpu",
            "gpu0",
            code,
            WORDS[code] + (f": {detail}" if detail else ""),
            f"minilm.py:{40 + i}: {name}()",
        )
        for i, (name, (op, code, detail)) in enumerate(ENCODE.items())
    ]
    nodes += [
        NodeReport(
            name, op, "fpga", "fpga0", code, WORDS[code], f"search.py:{31 + i}: {line}", "[8]", "float32", 64, 40, step
        )
        for i, ((name, (op, code, line)), step) in enumerate(zip(SEARCH.items(), STEPS_OF_SEARCH, strict=True))
    ]
    gpu = RegionReport(
        id="gpu0", device="gpu", stage=0, ops=list(ENCODE), title="embedding, linear, attention", why="compute-bound",
        bound="compute", bytes=93_000_000, flops=680_000_000, intensity=7.3, gpu_us=412.3, gpu_uj=61_800.0,
        compiled_by="inductor",
    )  # fmt: skip
    fpga = RegionReport(
        id="fpga0", device="fpga", stage=1, ops=list(SEARCH), title="mm, topk, softmax, index, mm",
        steps=["relevancy", "retrieve", "apply"],
        why="memory-bound: 0.50 FLOP/B", bound="memory", bytes=15_440_000, flops=7_696_184, intensity=0.498,
        irregular_bytes=24_576, resident_bytes=15_360_000, gpu_us=47.2, fpga_us=49.6, link_in_us=5.4, link_out_us=3.7,
        link_in_bytes=1536, link_out_bytes=1632, gain=38.1, gpu_uj=7080.0, fpga_uj=3720.0, slower_than_gpu=True,
        kernel_cpp="kernels/graph0_fpga0.cpp", build_seconds=3.21, cache_hit=False, gap=GapReport(2.4e-7, 1.1e-6, 60),
        calls=20, last_call_us=3120.0, compiled_by="hls", launch="persistent", launch_us=5.01,
        launch_why="a launch by XRT takes 75 us", called="call",
    )  # fmt: skip
    edges = [
        EdgeReport("input:input_ids", "gpu0", "input_ids", "[1, 32]", "int64", 256),
        EdgeReport("input:mask", "gpu0", "mask", "[1, 32]", "int64", 256),
        EdgeReport("input:index", "fpga0", "index", "[10000, 384]", "float32", 15_360_000, resident=True),
        EdgeReport("gpu0", "fpga0", "query", "[384]", "float32", 1536, crosses_link=True),
        EdgeReport("fpga0", "output", "values", "[8]", "float32", 32, crosses_link=True),
        EdgeReport("fpga0", "output", "context", "[384]", "float32", 1536, crosses_link=True),
    ]
    steps = [StepTime("raise", 12.1), StepTime("Inductor", 5600.0)]
    graph = GraphReport("graph0", nodes, [gpu, fpga], edges, [], steps, "ran", ["the cache directory is read-only"])
    options = {"target": "u55c", "host": "mi210", "placement": "memory_bound"}
    return Report("0.1.0", "2.13.0", options, "emulation", "no card in this machine", [graph])


def long_report(regions: int = 30, nodes: int = 510) -> Report:
    """A chain of regions, GPU and FPGA in turn, with residual edges that skip one and a fallback."""
    ids = [f"{'fpga' if i % 2 else 'gpu'}{i // 2}" for i in range(regions)]
    graph = GraphReport(
        "decode", fallbacks=[FallbackReport("fpga3", "kernel-failed", WORDS["kernel-failed"], "no g++")]
    )
    for i, region in enumerate(ids):
        device = region.rstrip("0123456789")
        graph.regions.append(RegionReport(id=region, device=device, stage=i, gpu_us=10.0, fpga_us=8.0))
        code = "memory-bound" if device == "fpga" else "compute-bound"
        graph.nodes += [
            NodeReport(f"n{i}_{j}", "aten.mm.default", device, region, code, WORDS[code], f"model.py:{j}: x @ w")
            for j in range(nodes // regions)
        ]
        if i:
            graph.edges.append(EdgeReport(ids[i - 1], region, f"x{i}", "[1, 4096]", "bfloat16", 8192, True))
        if i > 1:
            graph.edges.append(EdgeReport(ids[i - 2], region, f"residual{i}", "[1, 4096]", "bfloat16", 8192))
        graph.edges.append(EdgeReport("input:position", region, "position", "[1]", "int64", 8))
    graph.edges.append(EdgeReport(ids[-1], "output", "logits", "[1, 32000]", "float32", 128_000))
    return Report("0.1.0", "2.13.0", {"placement": "latency"}, "emulation", "", [graph])
