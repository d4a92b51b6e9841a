"""Kernels in this process: the generated C++ compiled by g++, tasks as fibers, streams bounded (hls_lib/emulation)."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

from torch_fpga.errors import FpgaError, InternalError, ToolError, UserError
from torch_fpga.runtime.build import Built

# Status codes of hls_lib::emulation::guarded.
_DEADLOCK, _INDEX, _FAILED, _CRASHED = 1, 2, 3, 4


class Emulation:
    """Runs kernels on the CPU. Times measured here are not times of a card."""

    name = "emulation"

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def load(self, built: Built) -> EmulatedKernel:
        try:
            library = ctypes.CDLL(str(built.library))
        except OSError as error:
            raise ToolError(f"the built kernel cannot be loaded: {error}", hint="empty the cache directory") from error
        return EmulatedKernel(built.name, library)


class EmulatedKernel:
    """One kernel. Its on-chip buffers are static, so one launch runs at a time; other kernels run beside it."""

    def __init__(self, name: str, library: ctypes.CDLL) -> None:
        self.name = name
        self._launch: Any = getattr(library, f"{name}_launch")
        self._exact_depths: Any = getattr(library, f"{name}_exact_depths")
        self._launch.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_long)
        self._launch.restype = ctypes.c_int
        self._message = ctypes.create_string_buffer(4096)
        self._lock = threading.Lock()
        self._table: ctypes.Array[ctypes.c_void_p] | None = None

    def run(self, addresses: Sequence[int]) -> None:
        with self._lock:
            if self._table is None:
                self._table = (ctypes.c_void_p * len(addresses))()
            self._table[:] = list(addresses)
            status = self._launch(self._table, self._message, 4096)
            if status:
                raise _error(status, self._message.value.decode(errors="replace"), self.name)

    def run_at_exact_depths(self, addresses: Sequence[int]) -> None:
        """Like ``run``, with FIFOs no deeper than declared, as in hardware: shows that the depths suffice.

        Slow, and while it lasts every kernel of the process runs so.
        """
        self._exact_depths(1)
        try:
            self.run(addresses)
        finally:
            self._exact_depths(0)


def _error(status: int, message: str, kernel: str) -> FpgaError:
    if status == _INDEX:
        return UserError(
            message, code="index-out-of-range", hint="check the indices passed to this gather or embedding"
        )
    if status == _DEADLOCK:
        return InternalError(
            f"kernel {kernel}: {message}", code="deadlock", hint="please report it with TORCH_FPGA_DUMP"
        )
    code = "kernel-crashed" if status == _CRASHED else "kernel-failed"
    return InternalError(f"kernel {kernel}: {message}", code=code, hint="the process goes on; please report it")
