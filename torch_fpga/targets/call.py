"""What one call of a model takes: its time, and the energy of every card in the machine, busy or idle.

A call is a sequence of segments, one after the other; nothing overlaps. A card draws ``active_w`` while it works and
``idle_w`` for the rest of the call, however long the other card, the link or a launch takes.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Literal

from torch_fpga.targets.fpga import Fpga
from torch_fpga.targets.gpu import Gpu
from torch_fpga.targets.link import Link
from torch_fpga.targets.work import Work

Where = Literal["gpu", "fpga", "link"]


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """A part of a call.

    Attributes:
        where: the device that the call waits for.
        us: how long it waits, launches included.
        busy_us: how long the device works in that time.
        uj: energy beside that of the cards: the link's.
    """

    where: Where
    us: float
    busy_us: float = 0.0
    uj: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class CallCost:
    """Time in us, where it is spent, and energy in uJ."""

    us: float
    uj: float
    gpu_us: float
    fpga_us: float
    link_us: float


def call_cost(segments: Iterable[Segment], gpu: Gpu, fpga: Fpga | None) -> CallCost:
    """The cost of a call; ``fpga`` is None in a machine that has no card."""
    spent = dict.fromkeys(("gpu", "fpga", "link"), 0.0)
    busy = dict.fromkeys(("gpu", "fpga", "link"), 0.0)
    link_uj = 0.0
    for segment in segments:
        spent[segment.where] += segment.us
        busy[segment.where] += segment.busy_us
        link_uj += segment.uj
    us = math.fsum(spent.values())
    # A watt for a microsecond is a microjoule.
    uj = us * gpu.idle_w + busy["gpu"] * (gpu.active_w - gpu.idle_w) + link_uj
    if fpga is not None:
        uj += us * fpga.idle_w + busy["fpga"] * (fpga.active_w - fpga.idle_w)
    return CallCost(us, uj, spent["gpu"], spent["fpga"], spent["link"])


def on_gpu(gpu: Gpu, work: Work) -> Segment:
    """Work as stock PyTorch runs it."""
    return Segment("gpu", gpu.time_us(work), gpu.busy_us(work))


def best_on_gpu(gpu: Gpu, work: Iterable[Work]) -> Segment:
    """All work of a call as one captured graph, each kernel at the roofline."""
    works = list(work)
    busy = math.fsum(gpu.best_busy_us(each) for each in works)
    return Segment("gpu", gpu.best_launches_us(sum(each.gpu_kernels for each in works)) + busy, busy)


def on_fpga(fpga: Fpga, kernel_us: float) -> Segment:
    """A kernel with its launch."""
    return Segment("fpga", fpga.launch_us + kernel_us, kernel_us)


def over_link(link: Link, to_fpga: Iterable[int] = (), to_gpu: Iterable[int] = ()) -> Segment:
    """Transfers of so many bytes each."""
    there, back = list(to_fpga), list(to_gpu)
    us = math.fsum([link.time_us(size, "to_fpga") for size in there] + [link.time_us(size, "to_gpu") for size in back])
    return Segment("link", us, uj=link.energy_uj(sum(there) + sum(back)))
