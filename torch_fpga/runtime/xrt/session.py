"""An open card, real or emulated. What differs between the two is a ``Watch``.

XRT has no way to say why a launch failed on the emulated card, or that the card is gone; there a watch reads the status
page (``status.py``).
"""

from __future__ import annotations

import os
import threading
from typing import Protocol

from torch_fpga.errors import ToolError
from torch_fpga.runtime.xrt.api import UUID, api


class Watch(Protocol):
    """What is known of a card beside what XRT says.

    ``polls``: its launches are polled for, because XRT's own wait on it heeds no time-out.
    ``guard_bytes``: allocated behind each buffer, to catch what runs past it.
    """

    polls: bool
    guard_bytes: int

    def check(self) -> None:
        """Raises FpgaError if the card is gone, or refused a buffer since the last check."""

    def outcome(self, kernel: str, unit: int, launch: int) -> None:
        """Raises FpgaError if the n-th launch of a compute unit failed."""

    def abandon(self) -> None:
        """Ends whatever runs, so that the card can be closed."""


class Session:
    """An open card with an xclbin on it. Owns every handle, and closes them in the order XRT wants."""

    def __init__(self, device: int, watch: Watch, capacity: int) -> None:
        self.device, self.watch, self.free_bytes = device, watch, capacity
        self.uuid = UUID()
        api().xrtDeviceGetXclbinUUID(device, self.uuid)
        self.lock = threading.Lock()
        self.buffers: set[int] = set()
        self.runs: set[int] = set()
        self.kernels: set[int] = set()
        self.outstanding = 0
        self._process = os.getpid()
        self._closed = False

    def check(self) -> None:
        """Raises FpgaError where the card cannot be used: after a fork, when closed, when it is gone."""
        if self._process != os.getpid():
            raise ToolError(
                "the device was opened before this process was forked",
                code="forked",
                hint="compile the model in the child, or start it with multiprocessing's 'spawn'",
            )
        if self._closed:
            raise ToolError("the device was closed", code="device-closed")
        self.watch.check()

    def close(self) -> None:
        with self.lock:
            if self._closed or self._process != os.getpid():
                return
            self._closed = True
            # XRT deadlocks when a card is closed under a launch.
            if self.outstanding:
                self.watch.abandon()
            closers = ((self.runs, "xrtRunClose"), (self.kernels, "xrtKernelClose"), (self.buffers, "xrtBOFree"))
            for handles, name in closers:
                for handle in handles:
                    getattr(api(), name)(handle)
                handles.clear()
            api().xrtDeviceClose(self.device)
