"""What happened and what it cost, as plain data. Every number says its unit and how it is known.

How a number is known: "exact" (counted from the graph), "estimated" (a model of the card, nothing ran), "emulated"
(this machine ran the generated C++; says nothing about a card's time), "cycle" (from the log of an emulated run, by the
clock of a card), "measured" (observed on this machine).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from torch_fpga.report.design import DesignReport


def _number(unit: str, known: str, **default: Any) -> Any:
    return dataclasses.field(metadata={"legend": f"{unit}, {known}"}, **default)


@dataclasses.dataclass(slots=True)
class NodeReport:
    """One node of the captured graph. ``source`` is the user's line: ``model.py:12: scores.topk(4)``.

    ``step`` is the step of memory processing that it belongs to, where the user named one (``torch_fpga.steps``).
    """

    name: str
    op: str
    device: str  # "gpu" | "fpga"
    region: str
    reason_code: str
    reason_words: str
    source: str = ""
    shape: str = ""  # text, because a size may be symbolic and a node may have several results: "[1, 8], [1, 8]"
    dtype: str = ""
    bytes: int = _number("bytes read and written", "estimated", default=0)
    flops: int = _number("operations", "estimated", default=0)
    step: str = ""


@dataclasses.dataclass(slots=True)
class GapReport:
    """The largest difference of a region's outputs from eager PyTorch, over all compared outputs."""

    max_abs: float = _number("absolute", "measured")
    max_rel: float = _number("relative to eager", "measured")
    outputs: int = _number("outputs compared", "measured")


@dataclasses.dataclass(slots=True)
class RegionReport:
    """A part of the graph that runs on one device. Times are modelled on both devices, whichever it runs on."""

    id: str
    device: str  # "gpu" | "fpga"
    stage: int
    ops: list[str] = dataclasses.field(default_factory=list)  # node names
    title: str = ""
    steps: list[str] = dataclasses.field(default_factory=list)  # of memory processing, that its nodes belong to
    why: str = ""
    bound: str = ""  # "memory" | "balanced" | "compute"
    bytes: int = _number("bytes that enter and leave fused kernels", "estimated", default=0)
    flops: int = _number("operations", "estimated", default=0)
    intensity: float = _number("operations a byte", "estimated", default=0.0)
    irregular_bytes: int = _number("bytes at data-dependent addresses", "estimated", default=0)
    resident_bytes: int = _number("bytes of parameters and buffers", "exact", default=0)
    gpu_us: float = _number("microseconds", "estimated", default=0.0)
    # None where the FPGA has no estimate, because it cannot run the region.
    fpga_us: float | None = _number("microseconds, launch included, link not", "estimated", default=None)
    link_in_us: float = _number("microseconds", "estimated", default=0.0)
    link_out_us: float = _number("microseconds", "estimated", default=0.0)
    link_in_bytes: int = _number("bytes", "exact", default=0)
    link_out_bytes: int = _number("bytes", "exact", default=0)
    gain: float = _number("microseconds (microjoules if placement='energy')", "estimated", default=0.0)
    gpu_uj: float = _number("microjoules", "estimated", default=0.0)
    fpga_uj: float | None = _number("microjoules, link included", "estimated", default=None)
    slower_than_gpu: bool = False  # the model says so, and the placement policy chose the FPGA all the same
    launch: str = ""  # how a card is had to run it, a step: "xrt" | "persistent"
    launch_us: float | None = _number("microseconds", "estimated", default=None)
    launch_why: str = ""
    called: str = ""  # how the device in use is had to run it
    design: DesignReport | None = None  # of its kernel, once it was lowered
    # Sizes that vary from call to call, by their names: its kernel takes them as arguments, up to these.
    bounds: dict[str, int] = dataclasses.field(default_factory=dict)
    kernel_cpp: str | None = None
    build_seconds: float | None = _number("seconds", "measured", default=None)
    cache_hit: bool | None = None
    kernel_of: str = ""  # the region whose kernel it shares, where an earlier one has equal work
    kernel_calls: int = _number("calls of all regions that share the kernel", "measured", default=0)
    gap: GapReport | None = None
    calls: int = _number("calls", "measured", default=0)
    route: str = ""  # how data reaches the device, e.g. "through the host's memory"
    sent_bytes: int = _number("bytes sent to the device so far", "measured", default=0)
    last_call_us: float | None = _number("microseconds on this machine, not a card's time", "emulated", default=None)
    compiled_by: str | None = None  # "inductor" | "eager" | "hls"; None while only planned


@dataclasses.dataclass(slots=True)
class EdgeReport:
    """A tensor that goes from one region to another, comes in (``input:NAME``) or goes out (``output``)."""

    src: str
    dst: str
    tensor: str
    shape: str = ""
    dtype: str = ""
    bytes: int = _number("bytes", "exact", default=0)
    crosses_link: bool = False
    resident: bool = False


@dataclasses.dataclass(slots=True)
class FallbackReport:
    """A region that did not run as planned, and what was run instead."""

    region: str
    reason_code: str
    words: str
    error: str = ""


@dataclasses.dataclass(slots=True)
class CostReport:
    """One call of a graph: all on the GPU of a machine that has no card, twice, and as placed, both cards counted.

    ``stock`` is as stock PyTorch launches it, ``best`` as one captured graph with every kernel at the roofline. The
    times on the GPU, the FPGA and the link follow each other.
    """

    stock_us: float = _number("microseconds", "estimated")
    stock_uj: float = _number("microjoules", "estimated")
    best_us: float = _number("microseconds", "estimated")
    best_uj: float = _number("microjoules", "estimated")
    gpu_us: float = _number("microseconds", "estimated")
    fpga_us: float = _number("microseconds, launches included", "estimated")
    link_us: float = _number("microseconds", "estimated")
    split_uj: float = _number("microjoules", "estimated")


@dataclasses.dataclass(slots=True)
class StepTime:
    """How long one step of the compilation took."""

    name: str
    milliseconds: float = _number("milliseconds", "measured")


@dataclasses.dataclass(slots=True)
class GraphReport:
    """One captured graph. ``status`` is "planned" (a dry run) or "ran".

    ``model`` is the class or function it was captured from, and ``place`` where that stands. ``sizes`` are those of its
    inputs, with strides and numbers (``{"x.size(0)": 4}``), ``symbolic`` the names of those that are not fixed.
    """

    name: str
    nodes: list[NodeReport] = dataclasses.field(default_factory=list)
    regions: list[RegionReport] = dataclasses.field(default_factory=list)
    edges: list[EdgeReport] = dataclasses.field(default_factory=list)
    fallbacks: list[FallbackReport] = dataclasses.field(default_factory=list)
    steps: list[StepTime] = dataclasses.field(default_factory=list)
    status: str = "planned"
    notes: list[str] = dataclasses.field(default_factory=list)
    model: str = ""
    place: str = ""
    sizes: dict[str, int] = dataclasses.field(default_factory=dict)
    symbolic: list[str] = dataclasses.field(default_factory=list)
    cost: CostReport | None = None

    @property
    def title(self) -> str:
        """``SemanticSearch graph0``: the number alone says nothing to a person."""
        return f"{self.model} {self.name}".strip()

    def on(self, device: str) -> Iterator[RegionReport]:
        """The regions placed on ``device``."""
        return (region for region in self.regions if region.device == device)
