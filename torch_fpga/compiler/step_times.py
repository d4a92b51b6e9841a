"""What the steps of a compilation took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from torch_fpga.report import StepTime


class StepTimes:
    """Seconds by step; a step taken again adds to its own."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def timed(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """``function(*arguments)``, its wall-clock time counted as step ``name``, also where it raises."""
        start = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start

    def report(self) -> list[StepTime]:
        """The steps in order of their first run, in milliseconds."""
        return [StepTime(name, seconds * 1e3) for name, seconds in self._seconds.items()]
