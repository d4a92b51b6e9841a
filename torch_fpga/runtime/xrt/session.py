"""An open card, real or emulated. What differs between the two is a ``Watch``.

XRT has no way to say why a launch failed on the emulated card, or that the card is gone; there a watch reads the status
page (``status.py``).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from torch_fpga.errors import ToolError
from torch_fpga.runtime.xrt.api import UUID, api
from torch_fpga.runtime.xrt.constants import UNDER_WAY
from torch_fpga.runtime.xrt.memory import Memory, Room

if TYPE_CHECKING:
    from torch_fpga.runtime.commands import Bell
    from torch_fpga.runtime.xrt.kernel import ComputeUnit

_CLOSE_SECONDS = 5.0

not_while_loading = threading.Lock()
"""Held while an xclbin is loaded and while a launch is started: XRT's table of devices has no lock of its own."""


class Watch(Protocol):
    """What is known of a card beside what XRT says.

    ``polls``: its launches are polled for, because XRT's own wait on it heeds no time-out.
    ``launch_timeout``: seconds after which a wait for a launch is given up; None where the card itself ends it.
    ``guard_bytes``: allocated behind each buffer, to catch what runs past it.
    ``card``: equal for sessions of which a kernel is one compute unit.
    ``bell``: how the host and a kernel that was started once tell each other of commands.
    ``step_seconds``: what a command may take.
    ``fixed_sight``: what runs does not see buffers that were made since.
    ``has_host_memory``: there is memory of the host that kernels reach, to be asked for as such.
    ``numbers_launches``: behind its arguments a kernel takes the number of the launch, for ``outcome``.
    """

    polls: bool
    launch_timeout: float | None
    guard_bytes: int
    numbers_launches: bool
    step_seconds: float | None
    fixed_sight: bool
    has_host_memory: bool

    @property
    def card(self) -> Hashable: ...

    @property
    def bell(self) -> Bell: ...

    def check(self) -> None:
        """Raises FpgaError if the card is gone."""

    def outcome(self, unit: ComputeUnit, launch: int) -> None:
        """Raises FpgaError if the n-th launch of a compute unit failed."""

    def has_ended(self, unit: ComputeUnit, launch: int) -> bool:
        """Whether the card says that the n-th launch of a compute unit has ended, which XRT may learn later."""

    def kill(self, unit: ComputeUnit) -> bool:
        """Ends what a compute unit runs, if that can be done."""

    def shared_memory(self) -> AbstractContextManager[None]:
        """Inside, with the session's lock held, a buffer that is made is one memory for host and kernels."""

    def abandon(self) -> None:
        """Ends whatever runs, so that the card can be closed."""

    def memory_of(self, file: str) -> AbstractContextManager[None]:
        """Inside, with the session's lock held, a buffer that is made lies over the memory named ``file``, if any."""

    def latest_file(self) -> str:
        """The name of the memory of the buffer made last; empty where other cards cannot reach it."""


class Session:
    """An open card with an xclbin on it. Owns every handle, and closes them in the order XRT wants.

    ``lock`` is held where handles are made, used to start a launch, or freed: XRT looks some of them up without one.
    It may be taken again by the thread that has it, since a garbage collection can close a session at any place.
    """

    def __init__(self, device: int, watch: Watch, memory: Memory) -> None:
        self.device, self.watch, self.memory = device, watch, memory
        self.uuid = UUID()
        api().xrtDeviceGetXclbinUUID(device, self.uuid)
        self.lock = threading.RLock()
        self.buffers: dict[int, Room] = {}
        self.runs: set[int] = set()
        self.kernels: set[int] = set()
        self.started: set[int] = set()
        """Runs that were started and not seen to end."""
        self.made = 0
        """Buffers so far."""
        self.stops: list[weakref.WeakMethod[Callable[[], object]]] = []
        """Called before it is closed, for kernels that were started once."""
        self._calls = 0
        self._process = os.getpid()
        self.closed = False

    @property
    def forked(self) -> bool:
        """Whether this process is a child of the one that opened the card."""
        return self._process != os.getpid()

    def check(self) -> None:
        """Raises FpgaError where the card cannot be used: after a fork, when closed, when it is gone."""
        if self.forked:
            raise ToolError(
                "the device was opened before this process was forked",
                code="forked",
                hint="start the process with multiprocessing's 'spawn', or compile in it with device='emulation'",
            )
        if self.closed:
            raise ToolError("the device was closed", code="device-closed")
        self.watch.check()

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """Around a long call of XRT: the card is not closed under it. Raises FpgaError as ``check`` does."""
        self.check()
        with self.lock:
            self.check()
            self._calls += 1
        try:
            yield
        finally:
            with self.lock:
                self._calls -= 1

    def close(self) -> bool:
        """Whether the card is free again: not where it was closed before, or belongs to the process forked from."""
        if self.forked:
            return False
        for stop in [] if self.closed else [found for weak in self.stops if (found := weak())]:
            stop()
        with self.lock:
            if self.closed:
                return False
            self.closed = True
        return self._wait_until_quiet() and self._close_handles()

    def _wait_until_quiet(self) -> bool:
        """XRT deadlocks when a card is closed under a launch, so those under way are ended first."""
        give_up = time.monotonic() + _CLOSE_SECONDS
        abandoned = False
        while True:
            with self.lock:
                running = any(api().xrtRunState(run) in UNDER_WAY for run in list(self.started))
                if not running and not self._calls:
                    return True
            if running and not abandoned:
                self.watch.abandon()
                abandoned = True
            if time.monotonic() > give_up:
                return False  # the card stays open, for closing it would hang
            time.sleep(0.5e-3)

    def _close_handles(self) -> bool:
        with self.lock:
            for run in self.runs:
                api().xrtRunClose(run)
            for kernel in self.kernels:
                api().xrtKernelClose(kernel)
            for buffer in self.buffers:
                api().xrtBOFree(buffer)
            self.runs.clear()
            self.kernels.clear()
            self.buffers.clear()
            api().xrtDeviceClose(self.device)
        return True
