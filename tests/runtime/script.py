"""What the scripts of ``probe.script`` have at hand, beside ``probe`` itself."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.runtime.probe import emulator, probe
from torch_fpga.errors import FpgaError
from torch_fpga.runtime.xrt import home
from torch_fpga.runtime.xrt.image import XrtImage


@atexit.register
def _say_home() -> None:
    for folder in home._locks:
        sys.stdout.write(f"home {folder}\n")


def load(timeout: float = 20.0, units: int = 1, private_memory: bool = False) -> XrtImage:
    return emulator(timeout, private_memory).load([probe()] * units)


def code_of(action: Callable[[], Any], limit: float = 2.0) -> str:
    """The code of the FpgaError that ``action`` raises, which must be within ``limit`` seconds."""
    start = time.monotonic()
    try:
        action()
    except FpgaError as error:
        passed = time.monotonic() - start
        assert passed < limit, f"took {passed:.1f} s"
        return error.code
    raise AssertionError("no FpgaError")


def count() -> dict[str, int]:
    """What must not grow."""
    gc.collect()
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return {
        "files": len(os.listdir("/proc/self/fd")),
        "maps": len(Path("/proc/self/maps").read_text().splitlines()),
        "threads": int(status["Threads"]),
        "kilobytes": int(status["VmRSS"].split()[0]),
        "children": len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()),
    }
