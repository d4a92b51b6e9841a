"""The C++ compiler that emulation kernels are built with, and the library they are made of."""

from __future__ import annotations

import dataclasses
import errno
import functools
import hashlib
import os
import shlex
import shutil
import subprocess
from pathlib import Path

from torch_fpga.errors import ToolError

# None of these relaxes arithmetic. Without them sqrt, rsqrt and conversions do not vectorise: kernels take 1.4 times
# as long.
TUNING = ("-fno-math-errno", "-fno-trapping-math", "--param=max-completely-peel-times=3")
# <cmath> brings in libstdc++'s special functions, Bessel's and the like. No kernel calls them, and each would spend a
# fifteenth of its compile time on them. With this their header counts as read.
_NO_SPECIAL_FUNCTIONS = "-D_GLIBCXX_BITS_SPECFUN_H"
# -ffp-contract=off: a fused multiply-add rounds once where the FPGA's separate operators round twice.
FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffp-contract=off", "-fPIC", "-w", _NO_SPECIAL_FUNCTIONS, *TUNING)
LIBRARIES = ("-lboost_context",)


@dataclasses.dataclass(frozen=True)
class Toolchain:
    """A compiler, with all that decides what it makes. ``identity`` changes whenever a kernel would."""

    compiler: str
    flags: tuple[str, ...]
    include: tuple[str, ...]
    identity: str


def library_root() -> Path:
    """The folder of hls_lib: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    for root in (package.parent / "hls_lib", package / "_hls_lib"):
        if (root / "include" / "hls_lib" / "hls_lib.hpp").is_file():
            return root
    raise ToolError("hls_lib is not where the package was installed", hint="reinstall torch_fpga")


def toolchain(mode: str = "") -> Toolchain:
    """The C++ compiler of ``$CXX``, else g++, with the flags of ``$TORCH_FPGA_CXXFLAGS`` after ours.

    ``mode`` is a folder of ``hls_lib/emulation/modes``; empty for the plain emulation.
    Raises ToolError where there is no such compiler.
    """
    name = os.environ.get("CXX", "g++")
    compiler = shutil.which(name)
    if compiler is None:
        raise ToolError(
            f"no C++ compiler: {name!r} is not on the PATH",
            code="no-compiler",
            hint="install one (Debian: apt-get install g++ libboost-context-dev), or name it in CXX",
        )
    # Else a library would share what plain kernels of the process keep, which lies differently in another mode.
    apart = ("-fno-gnu-unique",) if mode else ()
    return _toolchain(compiler, (*FLAGS, *apart, *shlex.split(os.environ.get("TORCH_FPGA_CXXFLAGS", ""))), mode)


@functools.cache
def _toolchain(compiler: str, flags: tuple[str, ...], mode: str) -> Toolchain:
    root = library_root()
    digest = hashlib.sha256()
    # What -march=native means here, and who compiles: a cached kernel must not reach a host it does not fit.
    for arguments in (["--version"], [*flags, "-Q", "--help=target"]):
        digest.update(ask([compiler, *arguments]))
    digest.update(" ".join((*flags, *LIBRARIES)).encode())
    for header in sorted(p for sub in ("include", "emulation") for p in (root / sub).rglob("*") if p.is_file()):
        digest.update(header.relative_to(root).as_posix().encode())
        digest.update(header.read_bytes())
    digest.update(mode.encode())
    # The first folder that has a header is the one it is taken from.
    first = (f"-I{root / 'emulation' / 'modes' / mode}",) if mode else ()
    include = (*first, f"-I{root / 'include'}", f"-I{root / 'emulation'}")
    return Toolchain(compiler, flags, include, digest.hexdigest())


def ask(command: list[str]) -> bytes:
    """What a command prints."""
    # With an environment of its own: another thread may be changing the process's (runtime/xrt/home.py).
    return subprocess.run(command, capture_output=True, check=False, env=dict(os.environ)).stdout


def compile_cpp(chain: Toolchain, arguments: list[str], folder: Path) -> None:
    """Compiles a kernel in ``folder``. Raises ToolError with the compiler's first errors."""
    run_compiler([chain.compiler, *chain.flags, *chain.include, *arguments], folder)


def run_compiler(command: list[str], folder: Path) -> None:
    """Runs the compiler in ``folder``. Raises ToolError with its first errors, or OSError if the disk is full."""
    plain = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=plain)
    if done.returncode != 0:
        for full in (errno.ENOSPC, errno.EDQUOT):
            if os.strerror(full) in done.stderr:
                raise OSError(full, os.strerror(full), str(folder))
        errors = [line for line in done.stderr.splitlines() if "error" in line][:5] or done.stderr.splitlines()[:5]
        raise ToolError(
            "the C++ compiler failed:\n  " + "\n  ".join(errors),
            code="kernel-failed",
            hint=f"it ran in {folder}; the command was: {' '.join(command)}",
        )
