"""The page shared with the emulated card: why a launch failed, and whether the device process still answers.

The layout is that of ``sw_emu/status.hpp``.
"""

from __future__ import annotations

import mmap
import os
import struct

UNITS, LAUNCHES = 128, 64
_LAUNCH, _UNIT, _HEADER = 512, 64 + 512 * 64, 1024
_SIZE = _HEADER + UNITS * _UNIT
_DEVICE, _LINK_LOST, _WATCHDOG, _PRIVATE, _GUARD, _FILE, _SHARED, _OVER, _ERROR = 4, 8, 12, 16, 20, 24, 28, 32, 128
ENVIRONMENT = "TORCH_FPGA_SW_EMU_STATUS"

WORKER_DIED, TIMED_OUT = 16, 17
"""Outcomes beyond those of ``hls_lib::emulation::status``."""


class StatusPage:
    """One emulated card's page. ``private_memory``: what the host did not sync, the card does not see."""

    def __init__(self, watchdog_ms: int, private_memory: bool) -> None:
        self._file = os.memfd_create("torch_fpga status", os.MFD_CLOEXEC)
        os.ftruncate(self._file, _SIZE)
        self._page = mmap.mmap(self._file, _SIZE)
        self.path = f"/proc/{os.getpid()}/fd/{self._file}"
        self._put(0, 3)
        self._put(_WATCHDOG, watchdog_ms)
        self._put(_PRIVATE, private_memory)
        self._put(_GUARD, 1)

    @property
    def device(self) -> int:
        """The device process's id; 0 before it has started."""
        return self._get(_DEVICE)

    @property
    def link_lost(self) -> bool:
        return bool(self._get(_LINK_LOST))

    @property
    def load_error(self) -> str:
        return self._text(_ERROR, _HEADER - _ERROR)

    @property
    def latest_file(self) -> int:
        """The device process's descriptor of the memory of the buffer made last."""
        return self._get(_FILE)

    def put_next_buffer_over(self, file: str) -> None:
        """The buffers that are made from now on lie over a file's memory; over one of their own where it is empty."""
        self._page[_OVER:_ERROR] = file.encode().ljust(_ERROR - _OVER, b"\0")

    def share_next_buffer(self, shared: bool) -> None:
        """The buffers that are made from now on are one memory for host and kernels, whatever the others are."""
        self._put(_SHARED, shared)

    def worker(self, unit: int) -> int:
        """The id of a compute unit's process."""
        return self._get(_HEADER + unit * _UNIT + 8)

    def outcome(self, unit: int, launch: int) -> tuple[int, str] | None:
        """Status and message of a compute unit's n-th launch; None if it has not ended."""
        at = _HEADER + unit * _UNIT + 64 + launch % LAUNCHES * _LAUNCH
        number, status = struct.unpack_from("=Qi", self._page, at)
        return (status, self._text(at + 12, _LAUNCH - 12) if status else "") if number == launch + 1 else None

    def close_file(self) -> None:
        """All who share the page have it. It stays mapped for as long as somebody may look."""
        os.close(self._file)

    def _get(self, at: int) -> int:
        return int(struct.unpack_from("=i", self._page, at)[0])

    def _put(self, at: int, value: int) -> None:
        struct.pack_into("=I", self._page, at, value)

    def _text(self, at: int, size: int) -> str:
        return self._page[at : at + size].partition(b"\0")[0].decode(errors="replace")
