"""Where the tests of a run keep what they build."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
from pathlib import Path

from torch_fpga.errors import ToolError
from torch_fpga.runtime.build import precompiled
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.toolchain import toolchain
from torch_fpga.runtime.xrt.native import SHIM, native

CACHE = "TORCH_FPGA_TESTS_CACHE"
"""The environment variable with the folder, which conftest.py makes."""


@functools.cache
def cache() -> Cache:
    """One cache for all workers of a test run: equal kernels of different tests are built once."""
    return Cache(os.environ[CACHE])


def empty_cache(folder: Path) -> str:
    """``folder`` as a cache that has no kernels, but what all kernels share: seconds to compile, and no test's matter.

    That is the header, and the emulated card where there is one.
    """
    precompiled(toolchain(), cache())
    with contextlib.suppress(ToolError):  # no XRT
        native(cache())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("common.hpp.gch", SHIM):
        for file in cache().root.glob(f"[!.]*/{name}"):
            shutil.copytree(file.parent, folder / file.parent.name, copy_function=os.link)
    return str(folder)
