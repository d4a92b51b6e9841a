"""The partition table: what each column shows, in which unit, how it is known and where it comes from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from torch_fpga.report import units
from torch_fpga.report.data import GapReport, RegionReport

NONE = "-"
PAPER = "arXiv 2603.29002"


@dataclasses.dataclass(frozen=True)
class Column:
    """``cell`` is what stands in the table, ``below`` a smaller second line (the page shows it, the terminal not)."""

    title: str
    unit: str
    known: str  # "exact" | "estimated" | "emulated" | "measured"
    meaning: str
    cell: Callable[[RegionReport], str]
    below: Callable[[RegionReport], str] = lambda region: ""
    terminal: bool = True

    @property
    def header(self) -> str:
        return f"{self.title} {self.unit}".strip()


def estimate(value: float | None) -> str:
    return NONE if value is None else units.number(value)


def gap(found: GapReport | None) -> str:
    return NONE if found is None else units.number(found.max_abs)


def relative_gap(found: GapReport | None) -> str:
    return "" if found is None else f"relative {units.number(found.max_rel)}"


def _only_fpga(value: Callable[[RegionReport], str], otherwise: str = NONE) -> Callable[[RegionReport], str]:
    """A GPU region has no link cost of its own: a crossing tensor is paid where the FPGA takes or gives it."""
    return lambda region: value(region) if region.device == "fpga" else otherwise


def columns(placement: str) -> list[Column]:
    """The numeric columns. The unit of the gain is that of the placement policy's cost."""
    gain_unit = "µJ" if placement == "energy" else "µs"
    return [
        Column(
            "bytes", "", "estimated",
            "Bytes that the region's fused kernels read and write; what stays inside a fused kernel is not counted. "
            "Below: the part at data-dependent addresses (gather, scatter, top-k), and the parameters and buffers "
            "that stay on the device and cost the link nothing after the first load.",
            lambda r: units.size(r.bytes),
            lambda r: "\n".join(
                [f"{units.size(r.irregular_bytes)} irregular"] * (r.irregular_bytes > 0)
                + [f"{units.size(r.resident_bytes)} resident"] * (r.resident_bytes > 0)
            ),
        ),
        Column(
            "FLOPs", "", "estimated",
            "Arithmetic operations, counted from shapes by the op table; a multiply-add counts as two.",
            lambda r: units.count(r.flops),
        ),
        Column(
            "FLOP/B", "", "estimated",
            "Intensity: FLOPs divided by bytes. Below: the side of the FPGA's roofline it lies on. The ridge is peak "
            f"operations a second over peak bytes a second ({PAPER}: memory-bound under 0.9 of the ridge, "
            "compute-bound over 1.1).",
            lambda r: units.number(r.intensity),
            lambda r: r.bound,
        ),
        Column(
            "GPU", "µs", "estimated",
            "Modelled time of one call on the host GPU, wherever the region was placed: a launch for each fused kernel "
            "+ the larger of bytes / bandwidth (lower for irregular bytes) and FLOPs / peak: a roofline of ours.",
            lambda r: units.number(r.gpu_us),
        ),
        Column(
            "FPGA", "µs", "estimated",
            "Modelled time of one call on the FPGA: one launch + the cycles of the region's kernel in closed form over "
            "the clock; of a region on the GPU, and of one that is not lowered yet, a roofline instead of the cycles "
            f"(model of {PAPER}; irregular bytes cost more, which is ours). The link is not in it.",
            lambda r: estimate(r.fpga_us),
            lambda r: "slower than the GPU" if r.slower_than_gpu else "",
        ),
        Column(
            "link in", "µs", "estimated",
            "Modelled time to bring the region's inputs to the card, a tensor once however many use it; resident "
            f"tensors are free. Bandwidth rises with the size of a transfer (PCIe figures of {PAPER}).",
            _only_fpga(lambda r: units.number(r.link_in_us)),
            _only_fpga(lambda r: units.size(r.link_in_bytes), ""),
        ),
        Column(
            "link out", "µs", "estimated",
            "Modelled time to bring the region's results back; same model.",
            _only_fpga(lambda r: units.number(r.link_out_us)),
            _only_fpga(lambda r: units.size(r.link_out_bytes), ""),
        ),
        Column(
            "gain", gain_unit, "estimated",
            "How much more the call would measure, by the placement policy, with this region on the GPU: of GPU time, "
            "link and launches under memory_bound, of the call's time under latency, of its energy under energy.",
            _only_fpga(lambda r: units.number(r.gain)),
        ),
        Column(
            "GPU", "µJ", "estimated",
            "Modelled energy of one call on the GPU of a machine that has no card: active while it is busy, else idle.",
            lambda r: units.number(r.gpu_uj), terminal=False,
        ),
        Column(
            "FPGA", "µJ", "estimated",
            "Modelled energy of one call on the FPGA, launch and link included, and of the GPU that is idle meanwhile.",
            lambda r: estimate(r.fpga_uj), terminal=False,
        ),
        Column(
            "gap", "", "measured",
            "The largest absolute difference of the region's outputs from eager PyTorch on the inputs of this run, and "
            "below the largest relative one (option verify=True).",
            lambda r: gap(r.gap), lambda r: relative_gap(r.gap), terminal=False,
        ),
        Column(
            "last call", "µs", "emulated",
            "Wall time of the last call of the generated C++ on this machine's CPU. It shows that the kernel ran; it "
            "is not the time of a card and must not be compared with the modelled times.",
            lambda r: estimate(r.last_call_us),
            _only_fpga(lambda r: f"{r.calls} calls" if r.calls != 1 else "1 call", ""), terminal=False,
        ),
    ]  # fmt: skip
