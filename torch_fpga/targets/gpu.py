"""What work costs on a GPU: a roofline with a launch for each fused kernel. Times in us."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

from torch_fpga.targets.figures import figure_names, figures
from torch_fpga.targets.work import Work


@dataclasses.dataclass(frozen=True)
class Gpu:
    """A GPU, by its data file.

    Attributes:
        name: of the card.
        bandwidth_gb_per_s: peak of its memory.
        stream_efficiency: what of it a plain stream reaches.
        irregular_efficiency: what of it accesses at data-dependent addresses reach.
        fp32_tflops: peak.
        launch_us: of one kernel, as PyTorch launches it.
        graph_us: of a captured graph, once, whatever is in it.
        graph_kernel_us: of each kernel in a captured graph.
        active_w: while it works.
        idle_w: while it waits.
        sources: of each figure.
    """

    name: str
    bandwidth_gb_per_s: float
    stream_efficiency: float
    irregular_efficiency: float
    fp32_tflops: float
    launch_us: float
    graph_us: float
    graph_kernel_us: float
    active_w: float
    idle_w: float
    sources: Mapping[str, str]

    def busy_us(self, work: Work) -> float:
        """The longer of moving the bytes and computing the operations (roofline)."""
        streamed = (work.bytes - work.irregular_bytes) / self.stream_efficiency
        irregular = work.irregular_bytes / self.irregular_efficiency
        return max((streamed + irregular) / self._bytes_per_us, work.flops / self._flops_per_us)

    def time_us(self, work: Work) -> float:
        """As stock PyTorch runs it: a launch for every fused kernel, and the time the device is busy."""
        return work.gpu_kernels * self.launch_us + self.busy_us(work)

    def best_busy_us(self, work: Work) -> float:
        """The roofline at the full bandwidth of the memory, wherever the bytes lie."""
        return max(work.bytes / self._bytes_per_us, work.flops / self._flops_per_us)

    def best_launches_us(self, kernels: int) -> float:
        """Of the kernels of one call: as one captured graph, or each by itself where that is less."""
        return min(kernels * self.launch_us, self.graph_us + kernels * self.graph_kernel_us)

    def best_us(self, work: Work) -> float:
        """At its best: one graph launch, every kernel at the roofline. No program for this GPU is faster."""
        return self.best_launches_us(work.gpu_kernels) + self.best_busy_us(work)

    @property
    def _bytes_per_us(self) -> float:
        return self.bandwidth_gb_per_s * 1e3

    @property
    def _flops_per_us(self) -> float:
        return self.fp32_tflops * 1e6


@functools.cache
def load_host(name: str) -> Gpu:
    """The GPU of ``<name>.toml``. Raises UserError for a wrong figure."""
    return Gpu(**figures(name, figure_names([field.name for field in dataclasses.fields(Gpu)])))
