"""Builds the emulated card: the device process, and XRT's shim relinked with its faults repaired (``sw_emu/``)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path

from torch_fpga.errors import ToolError
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.toolchain import Toolchain, ask, run_compiler, toolchain

SHIM, DEVICE = "libxrt_swemu.so.2", "genericpciemodel"
_SOURCES = Path(__file__).parent / "sw_emu"
_FLAGS = ("-std=c++17", "-O2", "-fPIC", "-fvisibility=hidden")

# The one build of libxrt_swemu.a whose objects sw_emu/shim.cpp was written for.
_ARCHIVE = "libxrt_swemu.a"
_KNOWN = {"847adc9c09ea0b5d8d9d6efa1db580d2289da035de7a1546e413fb558c5ee616": "Debian 202210.2.13.466+dfsg-8, amd64"}
# What shim.cpp answers in place of the shim's own calls.
_WRAPPED = (
    *("malloc", "realloc", "open", "close", "mmap", "munmap", "ftruncate"),
    *("_Znwm", "_ZdlPvm"),
    *("sigaction", "kill", "system", "fork", "exit", "select", "waitpid", "usleep"),
    "_ZN11unix_socket8sk_writeEPKvm",
    "_ZN11unix_socket7sk_readEPvm",
    "_ZN12xclcpuemhal29CpuemShim9xclSyncBOEj18xclBOSyncDirectionmm",
    *(f"_ZN12xclcpuemhal29CpuemShim{name}" for name in ("10xclAllocBOEmij", "8xclMapBOEjb", "8xclCloseEv")),
    "_ZN12xclcpuemhal29CpuemShim13xclLoadXclBinEPK4axlf",
    "_ZNSt18condition_variable10notify_oneEv",
    "_ZN6google8protobuf23ShutdownProtobufLibraryEv",
)
_LIBRARIES = ("-lxrt_coreutil", "-l:libprotobuf.so.32", "-l:libboost_filesystem.so.1.74.0", "-l:libuuid.so.1")


def known_archive() -> tuple[Path, str]:
    """XRT's shim as an archive, and its hash.

    Raises:
        ToolError: XRT's development files are missing, or are another build than the known one; no C++ compiler.
    """
    archive = _archive(toolchain())
    contents = hashlib.sha256(archive.read_bytes()).hexdigest()
    if contents not in _KNOWN:
        raise ToolError(
            f"XRT's software emulation ({archive}) is another build than the one known here"
            f" ({', '.join(_KNOWN.values())})",
            code="unknown-xrt",
            hint="kernels run in this process instead (device='emulation')",
        )
    return archive, contents


def native(cache: Cache) -> Path:
    """The folder with ``SHIM`` and ``DEVICE``, built if need be. Raises ToolError as ``known_archive`` does."""
    chain = toolchain()
    archive, contents = known_archive()

    def make(folder: Path) -> None:
        _compile(chain, folder, [_SOURCES / "device_process.cpp", "-o", DEVICE, "-ldl"])
        # The archive first, so that its calls are redirected and those of shim.cpp are not.
        wraps = [f"-Wl,--wrap={name}" for name in _WRAPPED]
        whole = ["-Wl,--whole-archive", str(archive), "-Wl,--no-whole-archive"]
        _compile(chain, folder, ["-r", "-nostdlib", *wraps, *whole, "-o", "wrapped.o"])
        link = ["-shared", f"-Wl,-soname,{SHIM}", "-Wl,-z,defs", "-Wl,-Bsymbolic", "-pthread"]
        _compile(chain, folder, [*link, _SOURCES / "shim.cpp", "wrapped.o", *_LIBRARIES, "-o", SHIM])
        (folder / "wrapped.o").unlink()

    sources = [file.read_text() for file in sorted(_SOURCES.iterdir()) if file.suffix in (".cpp", ".hpp")]
    key = key_of("sw_emu", contents, chain.identity, *_FLAGS, *_WRAPPED, *_LIBRARIES, *sources)
    return cache.entry(key, make)[0]


def _archive(chain: Toolchain) -> Path:
    path = _found(chain.compiler)
    if not path.is_file():
        raise ToolError(
            f"XRT's development files are not installed ({_ARCHIVE})",
            code="no-xrt",
            hint="Debian: apt-get install libxrt1 libxrt-dev",
        )
    return path


@functools.cache
def _found(compiler: str) -> Path:
    return Path(ask([compiler, f"-print-file-name={_ARCHIVE}"]).decode().strip())


def _compile(chain: Toolchain, folder: Path, arguments: Sequence[str | Path]) -> None:
    run_compiler([chain.compiler, *_FLAGS, *map(str, arguments)], folder)
