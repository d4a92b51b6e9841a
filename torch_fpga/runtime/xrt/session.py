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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from torch_fpga.errors import FpgaError, ToolError
from torch_fpga.runtime.xrt.api import UUID, api, failed
from torch_fpga.runtime.xrt.handles import Handles
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
    ``guard_bytes``: allocated behind each buffer, to catch what runs past it.
    ``bell``: how the host and a kernel that was started once tell each other of commands.
    ``fixed_sight``: what runs does not see buffers that were made since.
    ``has_host_memory``: there is memory of the host that kernels reach, to be asked for as such.
    ``banks_apart``: a port reaches only buffers in its own bank.
    ``numbers_launches``: behind its arguments a kernel takes the number of the launch, for ``outcome``.
    """

    polls: bool
    guard_bytes: int
    numbers_launches: bool
    fixed_sight: bool
    has_host_memory: bool
    banks_apart: bool

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
    """An open card with an xclbin on it. Knows every handle, and closes them in the order XRT wants.

    ``lost``: it was seen that the card is gone. ``lock`` is held where handles are made, used to start a launch, or
    freed: XRT looks some of them up without one. It may be taken again by the thread that has it, since a garbage
    collection can close a session at any place.
    """

    def __init__(self, device: int, watch: Watch, memory: Memory) -> None:
        self.device, self.watch, self.memory = device, watch, memory
        self.uuid = UUID()
        api().xrtDeviceGetXclbinUUID(device, self.uuid)
        self.lock = threading.RLock()
        self.rooms: dict[int, Room] = {}
        """What each buffer object takes."""
        self.images: list[Handles] = []
        self.lost = False
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
        if self.closed and not self.lost:
            raise ToolError("the device was closed", code="device-closed")
        try:
            self.watch.check()
        except FpgaError:
            self.lost = True
            raise
        if self.lost:
            raise ToolError("the device is gone", code="device-lost")

    def failed(self, what: str, hint: str | None = None) -> ToolError:
        """The error of a call of XRT that has just failed."""
        error = failed(what, hint)
        self.lost |= error.code == "device-lost"
        return error

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
                running = any(image.under_way() for image in self.images)
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
            for image in self.images:
                image.close()
            for buffer in self.rooms:
                api().xrtBOFree(buffer)
            self.images.clear()
            self.rooms.clear()
            api().xrtDeviceClose(self.device)
        return True

    def enter(self) -> Handles:
        """The handles of one image more."""
        with self.lock:
            self.images.append(image := Handles())
        return image

    def let_go(self, image: Handles) -> None:
        """Gives back what an image had of a session that others go on with.

        Not what a launch that nobody waited for may still use: that goes with the session.
        """
        with self.lock:
            if self.closed or self.forked or image.under_way():
                return
            image.close()
            self.images.remove(image)
            for buffer in +image.buffers:
                self.release(buffer)
            image.buffers.clear()

    def release(self, buffer: int) -> None:
        """Frees a buffer object unless a view of it is left. The lock is held."""
        if not any(image.buffers.get(buffer) for image in self.images):
            api().xrtBOFree(buffer)
            del self.rooms[buffer]
