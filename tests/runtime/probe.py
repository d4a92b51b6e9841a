"""A kernel that does whatever a test asks of it, the devices to run it on, and scripts that run it in a process apart.

The first scalar says what the kernel does beside ``y = 2 * x``; see the constants.
"""

from __future__ import annotations

import functools
import os
import pickle
import subprocess
import sys
import textwrap
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.caches import cache
from torch_fpga.errors import ToolError
from torch_fpga.runtime.build import Built, build
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Buffer, Device, Image
from torch_fpga.runtime.emulation import Emulation
from torch_fpga.runtime.signature import Layout, Port, Scalar, Signature
from torch_fpga.runtime.xrt.emulator import Emulator
from torch_fpga.runtime.xrt.image import XrtImage

DOUBLE, ADD, SLEEP, JUST_PAST, FAR_OUT, DIVIDE, ABORT, EXIT, FOREVER, INDEX, THROW = range(11)
LENGTH = 1024
BYTES = 4 * LENGTH

_SOURCE = """\
#include <ap_int.h>
#include <hls_stream.h>

#include "hls_lib/hls_lib.hpp"

#include <unistd.h>

#include <stdexcept>

extern "C" void {name}(const int32_t* x, int32_t* y, int64_t what, int64_t value) {{
  for (int i = 0; i < {length}; ++i) y[i] = 2 * x[i];
  switch (what) {{
    case 1:
      for (int i = 0; i < {length}; ++i) y[i] += static_cast<int32_t>(value);
      break;
    case 2: usleep(1000 * value); break;
    case 3: static_cast<volatile char*>(static_cast<void*>(y))[value] = 1; break;
    case 4: y[value / 4] = 1; break;
    case 5: y[0] = 1000 / static_cast<volatile int32_t&>(y[0]); break;
    case 6: abort();
    case 7: _exit(static_cast<int>(value));
    case 8: for (volatile int i = 0;; i = 1) {{}}
    case 9: y[0] = hls_lib::checked_index(value, {length}, false); break;
    case 10: throw std::runtime_error("thrown by a kernel");
  }}
}}
"""


_HEAD = """\
import gc, os, signal, subprocess, sys, threading, time
from pathlib import Path

from tests.runtime.probe import *
from tests.runtime.script import *
from torch_fpga.errors import FpgaError
from torch_fpga.runtime.xrt import home

"""


@functools.cache
def probe(name: str = "probe") -> Built:
    """The kernel, built. In a script it comes from the process that started it."""
    if path := os.environ.get("TORCH_FPGA_PROBE"):
        with open(path, "rb") as file:
            return pickle.load(file)[0]
    return _probe(name, persistent=False)


@functools.cache
def persistent_probe(name: str = "probe") -> Built:
    """The kernel as one that is started once."""
    if path := os.environ.get("TORCH_FPGA_PROBE"):
        with open(path, "rb") as file:
            return pickle.load(file)[1]
    return _probe(name, persistent=True)


def _probe(name: str, persistent: bool) -> Built:
    row = Layout((LENGTH,), (1,), torch.int32)
    ports = (
        Port("x", "in", 0, LENGTH, torch.int32, "gmem0", 0),
        Port("y", "out", 0, LENGTH, torch.int32, "gmem1", 1),
    )
    scalars = (Scalar("what", 0), Scalar("value", 0))
    signature = Signature(ports, scalars, (row,), (row,))
    source = _SOURCE.format(name=name, length=LENGTH)
    return build(name, source, signature, Cache(cache_dir()), persistent).result()


def cache_dir() -> str:
    return str(cache().root)


def emulator(timeout: float = 20.0, private_memory: bool = False) -> Emulator:
    """XRT's software emulation; skips the test where that is not installed."""
    try:
        return Emulator("test", cache_dir(), timeout, private_memory)
    except ToolError as error:
        pytest.skip(f"no sw_emu: {error.message}")


def device(kind: str, timeout: float = 20.0) -> Device:
    return Emulation("test") if kind == "emulation" else emulator(timeout, kind == "sw_emu private")


class Pair:
    """An input and an output of a probe kernel."""

    def __init__(self, image: Image, seed: int = 0) -> None:
        self.x: Buffer = image.buffer(BYTES, 0)
        self.y: Buffer = image.buffer(BYTES, 1)
        self.given = np.arange(seed, seed + LENGTH, dtype=np.int32)
        self.x.host.view(np.int32)[:] = self.given
        self.x.to_device()

    def arguments(self, what: int = DOUBLE, value: int = 0) -> list[Any]:
        return [self.x, self.y, what, value]

    def result(self) -> np.ndarray:
        self.y.to_host()
        return self.y.host.view(np.int32).copy()

    def check(self, added: int = 0) -> None:
        np.testing.assert_array_equal(self.result(), 2 * self.given + added)


def works(image: Image, number: int = 0) -> None:
    """Asserts that a launch of the image's kernel gives the right result."""
    pair = Pair(image, 7)
    image.kernels[number].start(pair.arguments(ADD, 5)).wait()
    pair.check(5)
    pair.x.free()
    pair.y.free()


def script(tmp_path: Path, code: str, limit: float = 60.0, status: int = 0) -> str:
    """Runs ``code`` in a Python of its own. It must exit by itself, and leave no process and no file behind.

    Returns what it printed.
    """
    emulator()  # or skip
    pickled = tmp_path / "probe.pickle"
    pickled.write_bytes(pickle.dumps((probe(), persistent_probe())))
    mark = f"TORCH_FPGA_MARK_{uuid.uuid4().hex}"
    environment = {
        **os.environ,
        "TORCH_FPGA_PROBE": str(pickled),
        mark: "1",
    }
    file = tmp_path / "script.py"
    file.write_text(_HEAD + textwrap.dedent(code))
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-X", "faulthandler", str(file)]
    environment["PYTHONPATH"] = str(root)
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=limit, start_new_session=True
    )
    assert done.returncode == status, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr[-4000:]}"
    give_up = time.monotonic() + 3
    while left := processes(mark):
        assert time.monotonic() < give_up, f"left behind: {left}"
        time.sleep(0.05)
    for line in done.stdout.splitlines():
        if line.startswith("home "):
            assert not Path(line.split()[1]).exists(), "the folder in /tmp was left behind"
    return done.stdout


def processes(mark: str) -> list[str]:
    """The processes whose environment has ``mark``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def status_of(image: XrtImage):  # type: ignore[no-untyped-def]
    """What the device process says of itself and its workers."""
    return image.session.watch.status
