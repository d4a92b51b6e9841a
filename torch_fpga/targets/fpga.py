"""What work costs on an FPGA card, by the roofline of HeteroLLM (methods-and-hardware, section 1.3). Times in us.

HeteroLLM is the code of "Understand and Accelerate Memory Processing Pipeline for (Disaggregated) LLM Inference" (arXiv
2603.29002). The penalty for irregular bytes is ours.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Literal

from torch_fpga.targets.figures import figure_names, figures
from torch_fpga.targets.work import Work

# "Balanced" is within a tenth of the ridge, as in HeteroLLM's roofline.
BALANCED = 0.1

Bound = Literal["memory", "balanced", "compute"]


@dataclasses.dataclass(frozen=True)
class Fpga:
    """An FPGA card, by its data file.

    Attributes:
        name: of the card.
        clock_mhz: of a kernel as routed.
        memory_gib: of device memory.
        bandwidth_gb_per_s: of all its channels.
        bandwidth_scale: what of it can be had.
        irregular_scale: what of that is left at data-dependent addresses.
        channel_gb_per_s: of one channel.
        memory_channels: how many there are.
        shard_channels: over how many of them our kernels shard a large matrix.
        dsp: blocks on the chip.
        dsp_per_multiply_add: of float32.
        pipeline_latency_cycles: until the first result of the roofline's kernel.
        launch_us: of a kernel that the host waits for.
        active_w: of the board while a kernel runs.
        idle_w: of the board, loaded, while none runs.
        sources: of each figure.
    """

    name: str
    clock_mhz: float
    memory_gib: float
    bandwidth_gb_per_s: float
    bandwidth_scale: float
    irregular_scale: float
    channel_gb_per_s: float
    memory_channels: int
    shard_channels: int
    dsp: int
    dsp_per_multiply_add: int
    pipeline_latency_cycles: int
    launch_us: float
    active_w: float
    idle_w: float
    sources: Mapping[str, str]

    def _per_cycle(self, gb_per_s: float) -> float:
        return gb_per_s * 1e3 / self.clock_mhz * self.bandwidth_scale

    @property
    def bytes_per_cycle(self) -> float:
        """Memory bandwidth of the whole card, scaled to what can be had."""
        return self._per_cycle(self.bandwidth_gb_per_s)

    @property
    def sharded_bytes_per_cycle(self) -> float:
        """What a kernel gets that shards a matrix over its channels."""
        return self._per_cycle(min(self.shard_channels * self.channel_gb_per_s, self.bandwidth_gb_per_s))

    @property
    def port_bytes_per_cycle(self) -> float:
        """What one port gets: one channel."""
        return self._per_cycle(self.channel_gb_per_s)

    @property
    def flops_per_cycle(self) -> float:
        """Every DSP in a multiply-add of two operations a cycle."""
        return 2 * self.dsp / self.dsp_per_multiply_add

    @property
    def ridge(self) -> float:
        """Operations a byte at which computing takes as long as moving the bytes."""
        return self.flops_per_cycle / self.bytes_per_cycle

    def bound(self, work: Work) -> Bound:
        """Which roof limits ``work``."""
        if work.intensity < (1 - BALANCED) * self.ridge:
            return "memory"
        return "compute" if work.intensity > (1 + BALANCED) * self.ridge else "balanced"

    def time_us(self, work: Work) -> float:
        """Time in the kernel; ``launch_us`` comes on top once a region."""
        if work.bytes == 0 and work.flops == 0:
            return 0.0
        sharded = min(work.sharded_bytes, work.bytes)
        irregular = min(work.irregular_bytes, work.bytes - sharded)
        plain = work.bytes - sharded - irregular + irregular / self.irregular_scale
        moving = sharded / self.sharded_bytes_per_cycle + plain / self.port_bytes_per_cycle
        cycles = max(moving, work.flops / self.flops_per_cycle) + self.pipeline_latency_cycles
        return cycles / self.clock_mhz


@functools.cache
def load_target(name: str) -> Fpga:
    """The FPGA card of ``<name>.toml``. Raises UserError for a wrong figure."""
    return Fpga(**figures(name, figure_names([field.name for field in dataclasses.fields(Fpga)])))
