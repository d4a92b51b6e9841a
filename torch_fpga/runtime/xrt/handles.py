"""XRT's handles that one image has open."""

from __future__ import annotations

from collections import Counter

from torch_fpga.runtime.xrt.api import api
from torch_fpga.runtime.xrt.constants import UNDER_WAY


class Handles:
    """Kernels, runs, and views of buffer objects, of which several images may have some. Under the session's lock.

    ``started``: the runs that were started and not seen to end.
    """

    def __init__(self) -> None:
        self.kernels: set[int] = set()
        self.runs: set[int] = set()
        self.started: set[int] = set()
        self.buffers: Counter[int] = Counter()

    def under_way(self) -> bool:
        return any(api().xrtRunState(run) in UNDER_WAY for run in list(self.started))

    def close(self) -> None:
        """All but the buffer objects, which the session frees with their last view."""
        for run in self.runs:
            api().xrtRunClose(run)
        for kernel in self.kernels:
            api().xrtKernelClose(kernel)
        self.runs.clear()
        self.kernels.clear()
