"""Kernels that log what their tasks do: built of marked copies of hls_lib's headers, in the mode ``logged``."""

from __future__ import annotations

import ctypes
import dataclasses
import inspect
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from torch_fpga.codegen.identity import kernel_identity
from torch_fpga.errors import ToolError
from torch_fpga.runtime import instrument as instrumentation
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.cycle_log import CycleLog, LoggedOperand, read_names
from torch_fpga.runtime.emulation import kernel_error
from torch_fpga.runtime.in_place import InPlace
from torch_fpga.runtime.instrument import instrument
from torch_fpga.runtime.signature import Signature
from torch_fpga.runtime.toolchain import LIBRARIES, compile_cpp, library_root, toolchain

MOST_WORDS = 1 << 26
"""Words of a log at most: 512 MiB. A loop over a matrix takes about seven for each row."""

_LAUNCHER = """\
#include "kernel.cpp"

#include "launch.hpp"
#include "log/journal.hpp"

static thread_local std::vector<int64_t> words;
static thread_local std::string names;

extern "C" int logged_launch(const uint64_t* arguments, char* message, long size, int64_t most) {{
  hls_lib::emulation::log::journal::here().start(most);
  return hls_lib::emulation::launch({name}, arguments, message, size);
}}

extern "C" const int64_t* logged_words(int64_t* count) {{
  words = hls_lib::emulation::log::journal::here().written();
  *count = static_cast<int64_t>(words.size());
  return words.data();
}}

extern "C" const char* logged_names() {{
  names = hls_lib::emulation::log::journal::here().names();
  return names.c_str();
}}
"""


class LoggedKernel:
    """A kernel whose runs are logged. ``most`` is the words of a log at most."""

    def __init__(self, built: Built, most: int = MOST_WORDS) -> None:
        self.built, self.signature, self.most = built, built.signature, most
        self._library: Any = ctypes.CDLL(str(built.library))
        self._library.logged_launch.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_int64)
        self._library.logged_words.argtypes = (ctypes.c_void_p,)
        self._library.logged_words.restype = ctypes.POINTER(ctypes.c_int64)
        self._library.logged_names.restype = ctypes.c_char_p
        self._lock = threading.Lock()
        self._log: CycleLog | None = None

    def log(self, *tensors: torch.Tensor) -> tuple[CycleLog, list[torch.Tensor]]:
        """Runs the kernel on the tensors of its region; gives its log and the results.

        Raises:
            FpgaError: the run failed, so there is no log of it; the message is that of the run.
            ToolError: the log grew beyond ``most``.
        """
        with self._lock:
            results = InPlace(self).run(tensors)
            log, self._log = self._log, None
        assert log is not None
        return log, results

    def run(self, words: Sequence[int]) -> None:
        """For ``InPlace``: runs to the end, with an address a port and a number a scalar, and keeps the log."""
        message = ctypes.create_string_buffer(4096)
        arguments = (ctypes.c_uint64 * len(words))(*words)
        status = self._library.logged_launch(arguments, message, 4096, self.most)
        if status:
            failed = kernel_error(status, message.value.decode(errors="replace"), self.built.name, self.built.source)
            failed.message = f"no cycle log, because the run failed: {failed.message}"
            failed.stamp()
            raise failed
        count = ctypes.c_int64()
        pointer = self._library.logged_words(ctypes.byref(count))
        log = np.ctypeslib.as_array(pointer, (count.value,)).copy()
        if log[2]:
            raise ToolError(
                f"the cycle log of kernel {self.built.name} grew beyond {self.most:,} words",
                code="log-cut-off",
                hint="log a smaller run, or allow more words",
            )
        # Ports that share a buffer are one operand.
        operands = {
            address: LoggedOperand(port.name, address, port.read_bytes, port.bank)
            for port, address in zip(self.signature.ports, words, strict=False)
        }
        self._log = CycleLog(log, *read_names(self._library.logged_names().decode()), tuple(operands.values()))


def build_logged(name: str, source: str, signature: Signature, cache: Cache) -> LoggedKernel:
    """Builds a kernel so that its runs can be logged; it takes seconds where the cache has it not.

    Raises FpgaError if a pipelined loop has no label, or the compiler fails.
    """
    chain = toolchain("logged")
    launcher = _LAUNCHER.format(name=name)

    def make(folder: Path) -> None:
        (folder / "kernel.cpp").write_text(instrument(source, "kernel.cpp"))
        (folder / "launch.cpp").write_text(launcher)
        with tempfile.TemporaryDirectory(prefix="torch_fpga-headers-") as headers:
            _mark_headers(Path(headers))
            # Before the folder of the headers themselves.
            marked = dataclasses.replace(chain, include=(chain.include[0], f"-I{headers}", *chain.include[1:]))
            compile_cpp(marked, ["-shared", "launch.cpp", "-o", "kernel.so", *LIBRARIES], folder)

    start = time.perf_counter()
    identity = kernel_identity(name, source)
    # A log names tasks and streams, in which kernels of one identity may differ.
    key = key_of("logged", source, launcher, inspect.getsource(instrumentation), chain.identity)
    folder, hit = cache.entry(key, make)
    seconds = time.perf_counter() - start
    return LoggedKernel(Built(name, signature, folder / "kernel.cpp", folder / "kernel.so", seconds, hit, identity))


def _mark_headers(folder: Path) -> None:
    root = library_root() / "include"
    for header in sorted(root.rglob("*.hpp")):
        copy = folder / header.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(instrument(header.read_text(), header.relative_to(root).as_posix()))
