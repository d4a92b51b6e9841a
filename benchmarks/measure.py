"""Measuring two things side by side."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch


def header(title: str) -> None:
    """Says what was measured on what."""
    print(f"\n== {title}")
    print(
        f"   torch {torch.__version__}, {torch.get_num_threads()} thread(s) each side,"
        f" Python {platform.python_version()}, {_processor()}"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def side_by_side(ours: Callable[[], Any], theirs: Callable[[], Any], runs: int) -> tuple[float, float, float]:
    """Median seconds of each, run in turn, and the median of the ratios pair by pair."""
    for function in (ours, theirs) * 3:
        function()
    pairs = [(_once(ours), _once(theirs)) for _ in range(runs)]
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratio


def _once(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def verdict(value: float, limit: float, unit: str = "") -> str:
    """A figure beside the one to reach."""
    return f"{value:.2f}{unit} (to reach: at most {limit}{unit}) {'ok' if value <= limit else 'MISSED'}"


def at_least(value: float, limit: float, unit: str = "") -> str:
    """A figure beside the one to reach."""
    return f"{value:.2f}{unit} (to reach: at least {limit}{unit}) {'ok' if value >= limit else 'MISSED'}"
