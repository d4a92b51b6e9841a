"""Compares an FPGA region with eager PyTorch on the user's own inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from torch_fpga.report import GapReport, RegionReport


def verified(
    launch: Callable[..., tuple[Any, ...]], eager: Callable[..., Any], region: RegionReport
) -> Callable[..., Any]:
    """``launch``, which also runs ``eager`` on the same tensors and notes in the report how far they differ.

    Args:
        launch: runs the region's kernel; its results are returned.
        eager: gives the same tensors in eager PyTorch, or one tensor alone, of equal shapes and dtypes.
        region: its ``gap`` becomes the largest difference of all calls, computed in float64: ``max_abs`` in the unit of
            the values, ``max_rel`` without one. Equal values, infinities and NaN on both sides differ by 0.
    """

    def run(*tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        results = launch(*tensors)
        expected = eager(*tensors)
        expected = expected if isinstance(expected, (tuple, list)) else (expected,)
        for got, want in zip(results, expected, strict=True):
            region.gap = _worse(region.gap, got, want)
        return results

    return run


def _worse(gap: GapReport | None, got: torch.Tensor, want: torch.Tensor) -> GapReport:
    gap = gap or GapReport(0.0, 0.0, 0)
    a, b = got.double(), want.double()
    same = (a == b) | (a.isnan() & b.isnan())
    distance = torch.where(same, 0.0, (a - b).abs())
    relative = torch.where(same, 0.0, distance / b.abs().clamp_min(torch.finfo(torch.float32).tiny))
    return GapReport(
        max(gap.max_abs, float(distance.max())) if distance.numel() else gap.max_abs,
        max(gap.max_rel, float(relative.max())) if distance.numel() else gap.max_rel,
        gap.outputs + 1,
    )
