"""Compares an FPGA partition with eager PyTorch on the user's own inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from torch_fpga.report import GapReport, RegionReport


def verified(
    launch: Callable[..., tuple[Any, ...]], eager: Callable[..., Any], region: RegionReport
) -> Callable[..., Any]:
    """``launch``, with the largest difference from ``eager`` kept in the report."""

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
