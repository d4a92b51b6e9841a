"""Words of 64 bits that two sides share, and how one learns that the other has written one."""

from __future__ import annotations

import ctypes
import functools
import os
import time
from typing import Any

import numpy as np

from torch_fpga.errors import ToolError

_FUTEX = {"x86_64": 202, "aarch64": 98}
_WAIT, _WAKE, _ALL = 0, 1, 2**31 - 1
_SPIN_SECONDS, _NAP = 300e-6, 50e-6


class Words:
    """Shared memory as words. It may be taken away at any time; then its last contents are here."""

    def __init__(self, memory: np.ndarray) -> None:
        self._words = memory.view(np.uint64)
        self.closed = False

    def __getitem__(self, number: int) -> int:
        return int(self._words[number])

    def __setitem__(self, number: int, value: int) -> None:
        self._words[number] = value

    def address(self, number: int) -> int:
        return int(self._words.ctypes.data) + 8 * number

    def close(self) -> None:
        """Before the memory goes."""
        self._words, self.closed = self._words.copy(), True


class Spin:
    """The other side is hardware, which wakes nobody and is not waked."""

    def ring(self, words: Words, number: int) -> None:
        """Tells that a word was written."""

    def wait(self, words: Words, number: int, seen: int, seconds: float) -> None:
        """Returns when a word is not ``seen`` any more, or after so many seconds; perhaps earlier."""
        start = time.perf_counter()
        while words[number] == seen and (passed := time.perf_counter() - start) < seconds:
            if passed < _SPIN_SECONDS:
                os.sched_yield()
            else:
                time.sleep(_NAP)


class Futex:
    """The other side is emulated, in this process or another: who waits sleeps (``emulation/detail/doorbell.hpp``)."""

    def ring(self, words: Words, number: int) -> None:
        """As ``Spin.ring``."""
        _futex(words.address(number), _WAKE, ctypes.c_uint32(_ALL), None)

    def wait(self, words: Words, number: int, seen: int, seconds: float) -> None:
        """As ``Spin.wait``."""
        until = (ctypes.c_long * 2)(int(seconds), int(seconds % 1 * 1e9))
        _futex(words.address(number), _WAIT, ctypes.c_uint32(seen & 0xFFFFFFFF), until)


@functools.cache
def _system() -> tuple[Any, ctypes.c_long]:
    """The system's call, and the number of futex. Raises ToolError where that is not known."""
    machine = os.uname().machine
    if machine not in _FUTEX:
        raise ToolError(f"launch='persistent' is not emulated on {machine}", code="no-device", hint="use launch='xrt'")
    return ctypes.CDLL(None).syscall, ctypes.c_long(_FUTEX[machine])


def _futex(address: int, what: int, value: ctypes.c_uint32, until: Any) -> None:
    call, number = _system()
    call(number, ctypes.c_void_p(address), what, value, until, None, 0)
