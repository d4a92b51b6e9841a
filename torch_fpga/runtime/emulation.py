"""Kernels in this process: the generated C++ compiled by g++, tasks as fibers, streams bounded (hls_lib/emulation)."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import re
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from torch_fpga.errors import FpgaError, InternalError, OutOfRangeError, ToolError
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.device import Buffer
from torch_fpga.runtime.doorbell import Futex
from torch_fpga.runtime.layout import ALIGNMENT

# Status codes of hls_lib::emulation::guarded.
_DEADLOCK, _INDEX, _FAILED, _CRASHED = 1, 2, 3, 4
_IN_TASK = re.compile(r'(.*) in task "(.*)"')


class Emulation:
    """Runs kernels on the CPU. Times measured here are not times of a card."""

    name = "emulation"

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def prepare(self) -> None:
        """A kernel's library is all there is to load."""

    def load(self, kernels: Sequence[Built]) -> EmulatedImage:
        return EmulatedImage(kernels)


class EmulatedImage:
    """Kernels as shared libraries of this process."""

    in_place = True
    p2p = lost = banks_apart = False
    memory = "the host's"

    def __init__(self, kernels: Sequence[Built]) -> None:
        self.kernels = [(PersistentEmulation if built.persistent else EmulatedKernel)(built, self) for built in kernels]
        self.stops: list[weakref.WeakMethod[Any]] = []  # called before it is closed

    def buffer(self, size: int, bank: int = 0, p2p: bool = False) -> HostBuffer:
        return HostBuffer(size, bank)

    def over(self, buffer: HostBuffer) -> HostBuffer:
        return buffer

    def close(self) -> None:
        """A library stays loaded: its code may be on the stack of another thread."""
        for stop in [found for weak in self.stops if (found := weak())]:
            stop()


class HostBuffer:
    """Memory of this process, as a buffer: the kernel sees it at once, so a sync has nothing to do."""

    def __init__(self, size: int, bank: int) -> None:
        self.size, self.bank = size, bank
        try:
            room = np.zeros(size + ALIGNMENT, np.uint8)
        except MemoryError as error:
            raise ToolError(f"no memory for a buffer of {size:,} bytes", code="out-of-memory") from error
        self.host = room[-room.ctypes.data % ALIGNMENT :][:size]

    def to_device(self, offset: int = 0, size: int | None = None) -> None:
        pass

    def to_host(self, offset: int = 0, size: int | None = None) -> None:
        pass

    def free(self) -> None:
        pass


class EmulatedKernel:
    """One kernel. Its on-chip buffers are static, so one launch runs at a time; other kernels run beside it.

    Two graphs may have the same kernel: its library is loaded once, and they take turns.
    """

    def __init__(self, built: Built, image: EmulatedImage) -> None:
        self.name, self.signature, self.image = built.name, built.signature, image
        self._source, self.persistent = built.source, built.persistent
        try:
            library = ctypes.CDLL(str(built.library))
        except OSError as error:
            raise ToolError(f"the built kernel cannot be loaded: {error}", hint="empty the cache directory") from error
        self._launch: Any = getattr(library, f"{self.name}_launch")
        self._exact_depths: Any = getattr(library, f"{self.name}_exact_depths")
        self._launch.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_long)
        self._launch.restype = ctypes.c_int
        self._message = ctypes.create_string_buffer(4096)
        self._lock, self.key = _turns(library), library._handle
        self._words = (ctypes.c_uint64 * (len(built.signature.ports) + len(built.signature.scalars)))()

    def run(self, words: Sequence[int]) -> None:
        """Runs to the end, on this thread, with an address a port and a number a scalar. Raises FpgaError."""
        with self._lock:
            self._words[:] = list(words)
            status = self._launch(self._words, self._message, 4096)
            if status:
                raise kernel_error(status, self._message.value.decode(errors="replace"), self.name, self._source)

    def bank(self, argument: int) -> int:
        return self.signature.ports[argument].bank

    def start(self, arguments: Sequence[Buffer | int]) -> EmulatedRun:
        # Held by the launch until it ends: a buffer must not go while a kernel writes to it.
        kept = list(arguments)
        words = [a if isinstance(a, int) else a.host.ctypes.data for a in kept]

        def run() -> None:
            self.run(words)
            kept.clear()

        return EmulatedRun(_threads().submit(run), self.name)

    def run_at_exact_depths(self, words: Sequence[int]) -> None:
        """Like ``run``, with FIFOs no deeper than declared, as in hardware: shows that the depths suffice.

        Slow, and while it lasts every kernel of the process runs so.
        """
        self._exact_depths(1)
        try:
            self.run(words)
        finally:
            self._exact_depths(0)


class PersistentEmulation(EmulatedKernel):
    """One kernel that is started once, on a thread of its own, which sleeps where a card's would poll."""

    bell = Futex()
    step_seconds = None
    sight = 0  # all memory of this process is in its sight

    def start(self, arguments: Sequence[Buffer | int]) -> EmulatedRun:
        ended: Future[None] = Future()
        kept = list(arguments)
        words = [self.address(a) for a in kept]
        table = (ctypes.c_uint64 * len(words))(*words)

        def run() -> None:
            message = ctypes.create_string_buffer(4096)
            status = self._launch(table, message, 4096)
            if status:
                said = message.value.decode(errors="replace")
                ended.set_exception(kernel_error(status, said, self.name, self._source))
            else:
                ended.set_result(None)
            kept.clear()

        threading.Thread(target=run, name=f"torch_fpga-{self.name}", daemon=True).start()
        return EmulatedRun(ended, self.name)

    def queue(self, size: int) -> HostBuffer:
        return HostBuffer(size, 0)

    def address(self, buffer: Any) -> int:
        return int(buffer.host.ctypes.data)

    def kill(self) -> bool:
        return False

    def before_close(self, stop: Callable[[], object]) -> None:
        self.image.stops.append(weakref.WeakMethod(stop))


_turn: dict[int, threading.Lock] = {}  # by the handle of a library, which stays loaded


def _turns(library: ctypes.CDLL) -> threading.Lock:
    """The lock of a library. One that is loaded again, however it was found, has the same handle."""
    return _turn.setdefault(library._handle, threading.Lock())  # atomic


class EmulatedRun:
    """A launch on a thread of its own."""

    def __init__(self, future: Future[None], kernel: str) -> None:
        self._future, self._kernel = future, kernel

    def wait(self, timeout: float | None = None) -> None:
        try:
            self._future.result(timeout)
        except TimeoutError as error:
            raise timed_out(self._kernel, timeout) from error

    def over(self) -> bool:
        return self._future.done()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="torch_fpga-run")


os.register_at_fork(after_in_child=_threads.cache_clear)


def _user_line(source: Path, task: str) -> str | None:
    """The line of the user that a task of a kernel was made of, as the nearest comment above it says."""
    line = None
    with contextlib.suppress(OSError):  # the cache may have been emptied since
        for text in source.read_text().splitlines():
            if text.startswith("  // "):
                line = text.removeprefix("  // ")
            elif text.endswith("{"):
                line = None
            elif f'>>("{task}", ' in text:
                return line
    return None


def timed_out(kernel: str, timeout: float | None) -> FpgaError:
    """The error of a wait that was longer than it may be."""
    return ToolError(f"kernel {kernel} has not ended after {timeout:g} s", code="timeout")


def kernel_error(status: int, message: str, kernel: str, source: Path) -> FpgaError:
    """What a status and a message of ``hls_lib::emulation::guarded`` mean to the user.

    ``source`` is the kernel's C++, whose comments say which line of the user each task was made of.
    """
    if status == _INDEX:
        said = _IN_TASK.fullmatch(message)
        text, task = said.groups() if said else (message, "")
        return OutOfRangeError(
            text,
            source=_user_line(source, task),
            code="index-out-of-range",
            hint="check the indices",
        )
    if status == _DEADLOCK:
        return InternalError(
            f"kernel {kernel}: {message}", code="deadlock", hint="please report it with TORCH_FPGA_DUMP"
        )
    code = "kernel-crashed" if status == _CRASHED else "kernel-failed"
    return InternalError(f"kernel {kernel}: {message}", code=code, hint="the process goes on; please report it")
