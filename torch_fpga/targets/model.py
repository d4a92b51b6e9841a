"""What work costs on a GPU, on an FPGA and on the link between them: times in microseconds, energies in microjoules.

All of it is a model; nothing here is measured on the machine that runs it. The FPGA side and the link follow the
roofline and link models of HeteroLLM, the code of "Understand and Accelerate Memory Processing Pipeline for
(Disaggregated) LLM Inference" (arXiv 2603.29002). The GPU side is a roofline with a launch for each fused kernel.
Figures are in the data files beside this one, each with its source; ``unverified`` names those without one.

Energy: a device draws ``active_w`` while it computes or moves data and ``idle_w`` for the rest of the time. What the
other device draws meanwhile is not counted, on either side.
"""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from pathlib import Path
from typing import Any, Literal

KIB_PER_GIB = 1 << 20
# "Balanced" is within a tenth of the ridge, as in HeteroLLM's roofline.
BALANCED = 0.1

Bound = Literal["memory", "balanced", "compute"]
Direction = Literal["to_fpga", "to_gpu"]


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What a node or a region costs, whatever the device.

    Attributes:
        bytes_read: bytes read from memory.
        bytes_written: bytes written to memory.
        flops: arithmetic operations; a multiply-add is two.
        irregular_bytes: the part of the bytes that lies at data-dependent addresses.
        gpu_kernels: kernels that a fusing GPU compiler launches for it.
        interleaved_bytes: the part of the bytes that an FPGA kernel reads over several HBM channels at once; the rest
            goes through one.
    """

    bytes_read: int = 0
    bytes_written: int = 0
    flops: int = 0
    irregular_bytes: int = 0
    gpu_kernels: int = 1
    interleaved_bytes: int = 0

    @property
    def bytes(self) -> int:
        return self.bytes_read + self.bytes_written

    @property
    def intensity(self) -> float:
        """Operations a byte; 0 where no bytes move."""
        return self.flops / self.bytes if self.bytes else 0.0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.bytes_read + other.bytes_read,
            self.bytes_written + other.bytes_written,
            self.flops + other.flops,
            self.irregular_bytes + other.irregular_bytes,
            self.gpu_kernels + other.gpu_kernels,
            self.interleaved_bytes + other.interleaved_bytes,
        )


NOTHING = Work(gpu_kernels=0)


@dataclasses.dataclass(frozen=True)
class Gpu:
    """A GPU, by its data file."""

    name: str
    bandwidth_gb_per_s: float
    stream_efficiency: float
    irregular_efficiency: float
    fp32_tflops: float
    launch_us: float
    active_w: float
    idle_w: float
    unverified: tuple[str, ...] = ()

    def busy_us(self, work: Work) -> float:
        """The longer of moving the bytes and computing the operations (roofline)."""
        streamed = (work.bytes - work.irregular_bytes) / self.stream_efficiency
        irregular = work.irregular_bytes / self.irregular_efficiency
        # 1 GB/s is 1e3 bytes a microsecond, 1 TFLOP/s is 1e6 operations a microsecond.
        return max((streamed + irregular) / (self.bandwidth_gb_per_s * 1e3), work.flops / (self.fp32_tflops * 1e6))

    def time_us(self, work: Work) -> float:
        """A launch for every fused kernel, and the time the device is busy."""
        return work.gpu_kernels * self.launch_us + self.busy_us(work)

    def energy_uj(self, work: Work, time_us: float) -> float:
        """Energy of ``work`` that takes ``time_us`` as a whole; a watt for a microsecond is a microjoule."""
        return self.idle_w * time_us + (self.active_w - self.idle_w) * min(self.busy_us(work), time_us)


@dataclasses.dataclass(frozen=True)
class Fpga:
    """An FPGA card, by its data file (methods-and-hardware, section 1.3)."""

    name: str
    clock_mhz: float
    memory_gib: float
    bandwidth_gb_per_s: float
    bandwidth_scale: float
    irregular_scale: float
    channel_gb_per_s: float
    memory_channels: int
    interleave_channels: int
    dsp: int
    dsp_per_multiply_add: int
    pipeline_latency_cycles: int
    launch_us: float
    active_w: float
    idle_w: float
    unverified: tuple[str, ...] = ()

    def _per_cycle(self, gb_per_s: float) -> float:
        return gb_per_s * 1e3 / self.clock_mhz * self.bandwidth_scale

    @property
    def bytes_per_cycle(self) -> float:
        """Memory bandwidth of the whole card, scaled to what can be had."""
        return self._per_cycle(self.bandwidth_gb_per_s)

    @property
    def interleaved_bytes_per_cycle(self) -> float:
        """What a kernel gets that interleaves a matrix over its channels."""
        return self._per_cycle(min(self.interleave_channels * self.channel_gb_per_s, self.bandwidth_gb_per_s))

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
        """Time in the kernel; ``launch_us`` comes on top once a region. The penalty for irregular bytes is ours."""
        if work.bytes == 0 and work.flops == 0:
            return 0.0
        interleaved = min(work.interleaved_bytes, work.bytes)
        irregular = min(work.irregular_bytes, work.bytes - interleaved)
        plain = work.bytes - interleaved - irregular + irregular / self.irregular_scale
        moving = interleaved / self.interleaved_bytes_per_cycle + plain / self.port_bytes_per_cycle
        cycles = max(moving, work.flops / self.flops_per_cycle) + self.pipeline_latency_cycles
        return cycles / self.clock_mhz

    def energy_uj(self, work: Work, time_us: float) -> float:
        """Energy of ``work`` that takes ``time_us`` as a whole; a watt for a microsecond is a microjoule."""
        return self.idle_w * time_us + (self.active_w - self.idle_w) * min(self.time_us(work), time_us)


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """Bandwidth in GiB/s as a line over the size in KiB; holds for sizes up to ``up_to_kib``."""

    slope: float
    base: float
    up_to_kib: float = float("inf")

    def time_us(self, kib: float) -> float:
        return kib / KIB_PER_GIB / (self.slope * kib + self.base) * 1e6


@dataclasses.dataclass(frozen=True)
class Link:
    """The way between GPU and FPGA (methods-and-hardware, section 1.3)."""

    to_fpga: tuple[Piece, ...]
    to_gpu: tuple[Piece, ...]
    smallest_kib: float
    energy_pj_per_byte: float
    measured: bool
    unverified: tuple[str, ...] = ()

    def time_us(self, nbytes: int, direction: Direction) -> float:
        """Time of one transfer. Never less for more bytes: below the smallest size of the fit it stays level."""
        if nbytes == 0:
            return 0.0
        kib = max(nbytes / 1024, self.smallest_kib)
        pieces = self.to_fpga if direction == "to_fpga" else self.to_gpu
        return next(piece for piece in pieces if kib <= piece.up_to_kib).time_us(kib)

    def energy_uj(self, nbytes: int) -> float:
        return nbytes * self.energy_pj_per_byte * 1e-6


def _data(name: str) -> dict[str, Any]:
    with (Path(__file__).parent / f"{name}.toml").open("rb") as file:
        data = tomllib.load(file)
    data["unverified"] = tuple(data.get("unverified", ()))
    return data


@functools.cache
def load_host(name: str) -> Gpu:
    """The GPU of ``<name>.toml``."""
    return Gpu(**_data(name))


@functools.cache
def load_target(name: str) -> Fpga:
    """The FPGA card of ``<name>.toml``."""
    return Fpga(**_data(name))


@functools.cache
def load_link(host: str, target: str) -> Link:
    """The link between two devices; ``measured`` says whether its figures come from this very pair."""
    data = _data("links")
    for direction in ("to_fpga", "to_gpu"):
        data[direction] = tuple(Piece(**piece) for piece in data[direction])
    data["measured"] = f"{host}-{target}" in data["measured"]
    return Link(**data)
