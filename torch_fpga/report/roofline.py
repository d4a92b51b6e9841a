"""The roofline of a card with the kernels of a graph on it (Williams, Waterman and Patterson, 2009)."""

from __future__ import annotations

import dataclasses
import math

from torch_fpga.report.data import GraphReport
from torch_fpga.report.kernels import judged

WIDTH, HEIGHT = 620.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 16.0, 14.0, 40.0


@dataclasses.dataclass(frozen=True)
class Point:
    """A kernel: where it lies on the picture, and how far below its roof, in percent of it."""

    name: str
    x: float
    y: float
    share: float


@dataclasses.dataclass(frozen=True)
class Roofline:
    """The picture: the roof as a path, ticks with their texts, the points."""

    roof: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    points: list[Point]
    memory: float
    peak: float


def roofline(graph: GraphReport) -> Roofline | None:
    """None for a graph none of whose kernels does arithmetic on memory."""
    kernels = [(region.id, design) for region, design in judged(graph) if design.flops and design.bytes]
    if not kernels:
        return None
    memory, peak = kernels[0][1].memory_gb_per_s, kernels[0][1].peak_gflops
    at = [(name, d.flops / d.bytes, d.flops / d.microseconds / 1e3) for name, d in kernels]  # GFLOP/s
    ridge = peak / memory
    low_x, high_x = _decades([*(x for _, x, _ in at), ridge / 10, ridge * 4])
    low_y, high_y = _decades([y for _, _, y in at] + [peak, memory * 10.0**low_x])

    def x_of(value: float) -> float:
        return _LEFT + (math.log10(value) - low_x) / (high_x - low_x) * (WIDTH - _LEFT - _RIGHT)

    def y_of(value: float) -> float:
        return HEIGHT - _BOTTOM - (math.log10(value) - low_y) / (high_y - low_y) * (HEIGHT - _TOP - _BOTTOM)

    corners = [(10.0**low_x, memory * 10.0**low_x), (ridge, peak), (10.0**high_x, peak)]
    roof = "M" + "L".join(f"{x_of(x):.1f} {y_of(y):.1f}" for x, y in corners)
    points = [Point(name, x_of(x), y_of(y), 100 * y / min(peak, memory * x)) for name, x, y in at]
    x_ticks = [(x_of(10.0**n), _tick(n)) for n in range(low_x, high_x + 1)]
    y_ticks = [(y_of(10.0**n), _tick(n)) for n in range(low_y, high_y + 1)]
    return Roofline(roof, x_ticks, y_ticks, points, memory, peak)


def _decades(values: list[float]) -> tuple[int, int]:
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) + 1e-9)


def _tick(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
