"""What the report says as a whole: would a card help, and why are nodes not on it."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter

from torch_fpga.reasons import WORDS
from torch_fpga.report import budget, kernels, units
from torch_fpga.report.data import GraphReport, NodeReport, RegionReport


@dataclasses.dataclass(frozen=True)
class Totals:
    """Modelled cost of one call, regions one after the other: everything on the GPU, and as split."""

    all_gpu_us: float
    gpu_us: float
    fpga_us: float
    link_us: float
    all_gpu_uj: float
    split_uj: float

    @property
    def split_us(self) -> float:
        return self.gpu_us + self.fpga_us + self.link_us


# What a policy wants where it does not want speed.
_CHOSEN = {
    "memory_bound": "placement='memory_bound' frees the GPU of memory-bound work, even if the GPU is faster at it",
    "fpga": "placement='fpga' sends everything supported to the FPGA, whatever it costs",
    "energy": "placement='energy' looks at energy only",
}


def steps(region: RegionReport) -> str:
    """``memory: relevancy, retrieve``: the steps of memory processing in a region; empty where it has none."""
    return f"memory: {', '.join(region.steps)}" if region.steps else ""


def data(region: RegionReport) -> str:
    """How a region's data reached the device, and how much of it; empty for one that has not run on an FPGA."""
    if not region.route:
        return ""
    sent = f"; {units.size(region.sent_bytes)} sent in {units.count(region.calls)} calls" if region.sent_bytes else ""
    resident = f", what is resident ({units.size(region.resident_bytes)}) only when it changed" if sent else ""
    return f"data: {region.route}{sent}{resident if region.resident_bytes else ''}"


_LAUNCHES = {
    "xrt": "launched through XRT",
    "persistent": "commanded, its kernel started once and never ended",
    "call": "called in this process",
}
"""How a kernel is had to run a step."""


def launch(region: RegionReport) -> str:
    """How a card runs a region, what that takes, and why so; and how the device in use does. Empty on the GPU."""
    if not region.launch or region.launch_us is None:
        return ""
    here = f"; here {_LAUNCHES[region.called]}" if region.called and region.called != region.launch else ""
    return f"launch: {_LAUNCHES[region.launch]}, {units.time(region.launch_us)} a step ({region.launch_why}){here}"


def sizes(region: RegionReport) -> str:
    """Which sizes a kernel takes as arguments. Empty where all are fixed."""
    several = ", ".join(f"{name} up to {units.count(bound)}" for name, bound in region.bounds.items())
    return f"sizes that vary, as arguments of the kernel: {several}" if several else ""


def totals(graph: GraphReport) -> Totals:
    """As placement counted them; of a graph that was not placed, the regions' own figures added up."""
    if (cost := graph.cost) is not None:
        return Totals(cost.stock_us, cost.gpu_us, cost.fpga_us, cost.link_us, cost.stock_uj, cost.split_uj)
    return Totals(
        all_gpu_us=sum(region.gpu_us for region in graph.regions),
        gpu_us=sum(region.gpu_us for region in graph.on("gpu")),
        fpga_us=sum(region.fpga_us or 0.0 for region in graph.on("fpga")),
        link_us=sum(region.link_in_us + region.link_out_us for region in graph.on("fpga")),
        all_gpu_uj=sum(region.gpu_uj for region in graph.regions),
        split_uj=sum(region.gpu_uj for region in graph.on("gpu"))
        + sum(region.fpga_uj or 0.0 for region in graph.on("fpga")),
    )


def verdict(graph: GraphReport, placement: str) -> list[str]:
    """Plain sentences that answer "would a card help?". All figures are estimates."""
    if not any(graph.on("fpga")):
        if graph.nodes and all(node.reason_code == "training" for node in graph.nodes):
            return ["Nothing of this graph goes to the FPGA while gradients are on."]
        return ["Nothing of this graph is placed on the FPGA: a card would change nothing.", *_on_the_gpu(graph)]
    cost = totals(graph)
    faster, leaner = cost.split_us < cost.all_gpu_us, cost.split_uj < cost.all_gpu_uj
    time = _change(cost.all_gpu_us, cost.split_us, "time", "is {} faster", "is {} slower")
    energy = _change(cost.all_gpu_uj, cost.split_uj, "energy", "takes {} less energy", "takes {} the energy")
    sentences = [
        f"By the model, a call {time} with a card: "
        f"{units.time(cost.split_us)} instead of {units.time(cost.all_gpu_us)} on the GPU alone.",
        f"It {energy}: {units.energy(cost.split_uj)} instead of {units.energy(cost.all_gpu_uj)}.",
    ]
    if graph.cost is not None:
        best = graph.cost
        ratios = [
            units.times(ours / theirs) if theirs else "∞ ×"
            for ours, theirs in ((cost.split_us, best.best_us), (cost.split_uj, best.best_uj))
        ]
        sentences.append(
            f"Against the GPU at its best (one launch of a captured graph, every kernel at the roofline:"
            f" {units.time(best.best_us)}, {units.energy(best.best_uj)}) it takes {ratios[0]} the time and {ratios[1]}"
            " the energy."
        )
    if not faster and placement in _CHOSEN:
        use = "less energy, not for speed" if leaner else "the GPU time it frees, not for speed or energy"
        sentences.append(
            f"Why then: {_CHOSEN[placement]}. A card here is for {use}; "
            "placement='latency' offloads only what gets faster."
        )
    elif slower := [region.id for region in graph.on("fpga") if region.slower_than_gpu]:
        sentences.append(f"Taken alone, {', '.join(slower)} would be faster on the GPU.")
    if designs := kernels.designs(graph):
        sentences.append(budget.verdict(designs))
    return sentences


def _on_the_gpu(graph: GraphReport) -> list[str]:
    """What a call takes where nothing is on the FPGA."""
    cost = graph.cost
    if cost is None:
        return []
    split = totals(graph)
    return [
        f"By the model, a call takes {units.time(cost.stock_us)} and {units.energy(cost.stock_uj)} on the GPU as stock"
        f" PyTorch launches it, {units.time(cost.best_us)} and {units.energy(cost.best_uj)} at its best (one launch of"
        f" a captured graph, every kernel at the roofline), and as placed {units.time(split.split_us)} and"
        f" {units.energy(split.split_uj)}."
    ]


def _change(before: float, after: float, what: str, less: str, more: str) -> str:
    """What a call does: ``takes 17% less time``. From twice on percents say little: ``is 13 × slower``."""
    if before <= 0 or abs(after / before - 1) < 0.005:
        return f"takes as much {what}"
    if after >= 2 * before:
        return more.format(units.times(after / before))
    if before >= 2 * after:
        return less.format(units.times(before / after if after > 0 else math.inf))
    percent = abs(after / before - 1) * 100
    return f"takes {percent:.{int(percent < 10)}f}% {'less' if after < before else 'more'} {what}"


@dataclasses.dataclass(frozen=True)
class ReasonGroup:
    """All nodes that are on one device for one reason."""

    device: str
    code: str
    words: str
    nodes: list[NodeReport]

    @property
    def example(self) -> NodeReport:
        return next((node for node in self.nodes if node.source), self.nodes[0])

    def ops(self) -> str:
        """``aten.mm x12, aten.bmm x3``, the most frequent first."""
        counted = Counter(node.op for node in self.nodes).most_common()
        return ", ".join(f"{op} x{n}" if n > 1 else op for op, n in counted)


def by_reason(graph: GraphReport) -> list[ReasonGroup]:
    """What is not on the FPGA first, the largest group first."""
    groups: dict[tuple[str, str], list[NodeReport]] = {}
    for node in graph.nodes:
        groups.setdefault((node.device, node.reason_code), []).append(node)
    found = [
        ReasonGroup(device, code, WORDS.get(code, nodes[0].reason_words), nodes)
        for (device, code), nodes in groups.items()
    ]
    return sorted(found, key=lambda group: (group.device == "fpga", -len(group.nodes), group.code))


def detail(node: NodeReport) -> str:
    """What a node's reason says beyond the words that all nodes of the reason share."""
    return node.reason_words.removeprefix(WORDS.get(node.reason_code, "")).removeprefix(":").strip()
