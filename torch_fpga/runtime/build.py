"""C++ to a shared library for emulation: in parallel, with a precompiled header, cached on disk."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from torch_fpga.codegen.identity import kernel_identity
from torch_fpga.codegen.persistent import persistent as as_persistent
from torch_fpga.errors import FpgaError, UserError
from torch_fpga.runtime import strict
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.signature import Signature
from torch_fpga.runtime.toolchain import LIBRARIES, Toolchain, compile_cpp, toolchain

# The include lines of every kernel; what they bring in is most of a kernel's compile time.
_COMMON = '#include <ap_int.h>\n#include <hls_stream.h>\n\n#include "hls_lib/hls_lib.hpp"\n'

# What turns a table of words into the kernel's arguments, and a failure into a message.
_LAUNCHER = """\
#include "kernel.cpp"

#include "launch.hpp"

extern "C" int {name}_launch(const uint64_t* arguments, char* message, long size) {{
  return hls_lib::emulation::launch({name}, arguments, message, size);
}}

extern "C" void {name}_exact_depths(int exact) {{ hls_lib::emulation::set_exact_depths(exact != 0); }}
"""


@functools.cache
def pool() -> ThreadPoolExecutor:
    """The threads that wait for compilers."""
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="torch_fpga-build")


# A forked child has the pool, but not its threads.
os.register_at_fork(after_in_child=pool.cache_clear)


@dataclasses.dataclass(frozen=True)
class Built:
    """A kernel ready to load: what it takes, its source and library, and what the build took (measured).

    ``identity``: of the kernel that is started for every step (``torch_fpga.codegen.identity``).
    ``persistent``: its library has it as one that is started once (``torch_fpga.codegen.persistent``).
    """

    name: str
    signature: Signature
    source: Path
    library: Path
    seconds: float
    cache_hit: bool
    identity: str
    persistent: bool = False


def prepare(cache: Cache) -> None:
    """Starts compiling what every kernel includes, before the first kernel is there."""
    pool().submit(_prepare, cache)


def _prepare(cache: Cache) -> None:
    with contextlib.suppress(FpgaError):  # the first kernel meets it again, and says so
        precompiled(toolchain(strict.mode()), cache)


def build(name: str, source: str, signature: Signature, cache: Cache, persistent: bool = False) -> Future[Built]:
    """Starts building kernel ``name``; with ``persistent`` as one that is started once."""
    return pool().submit(_build, name, source, signature, cache, persistent)


def _build(name: str, source: str, signature: Signature, cache: Cache, persistent: bool) -> Built:
    start = time.perf_counter()
    chain = toolchain(strict.mode())
    if persistent and strict.mode():
        raise UserError(
            f"{strict.STRICT}=1 and launch='persistent' do not go together",
            code="bad-option",
            hint="a strict run runs every step of a kernel several times",
        )
    if signature.extents and strict.mode():
        raise UserError(
            f"{strict.STRICT}=1 and sizes that vary do not go together",
            code="bad-option",
            hint="compile with dynamic=False for a strict run, which has to know how large each tensor is",
        )
    launcher = strict.launcher(name, signature) if strict.mode() else _LAUNCHER.format(name=name)

    def make(folder: Path) -> None:
        (folder / "kernel.cpp").write_text(as_persistent(name, source) if persistent else source)
        (folder / "launch.cpp").write_text(launcher)
        header = precompiled(chain, cache)
        compile_cpp(
            chain,
            ["-shared", "-include", str(header / "common.hpp"), "launch.cpp", "-o", "kernel.so", *LIBRARIES],
            folder,
        )

    # Not the text itself, in which things are called as they were called where the kernel was needed first.
    kind = "persistent kernel" if persistent else "kernel"
    identity = kernel_identity(name, source)
    folder, hit = cache.entry(key_of(kind, identity, launcher, chain.identity), make)
    taken = time.perf_counter() - start
    return Built(name, signature, folder / "kernel.cpp", folder / "kernel.so", taken, hit, identity, persistent)


def precompiled(chain: Toolchain, cache: Cache) -> Path:
    def make(folder: Path) -> None:
        (folder / "common.hpp").write_text(_COMMON)
        compile_cpp(chain, ["-x", "c++-header", "common.hpp", "-o", "common.hpp.gch"], folder)

    return cache.entry(key_of("header", _COMMON, chain.identity), make)[0]
