"""Each test compiles anew, with kernels cached for the whole run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import NoReturn

import pytest
import torch
from torch._dynamo import guards
from torch._functorch._aot_autograd.autograd_cache import AOTAutogradCache
from torch._inductor import config as inductor_config

from tests.agree import NOT_BUILT
from tests.caches import CACHE, cache
from torch_fpga.compiler import realise, record
from torch_fpga.compiler.dense import Dense
from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.region_code import EagerGraph
from torch_fpga.errors import FpgaError

# For each vector unit of the CPU Inductor compiles and loads a probe, once for each empty cache folder, and its loops
# take a third longer to compile. In these tests, and the processes they start, its loops are scalar.
inductor_config.cpp.vec_isa_ok = False
os.environ["TORCHINDUCTOR_VEC_ISA_OK"] = "0"


def pytest_configure(config: pytest.Config) -> None:
    if CACHE not in os.environ:  # xdist's workers get that of the process that starts them
        folder = tempfile.TemporaryDirectory(prefix="torch_fpga-tests-")
        os.environ[CACHE] = folder.name
        config.add_cleanup(folder.cleanup)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    graphs = tmp_path_factory.mktemp("graphs")  # not tmp_path: some tests look into theirs

    def folder(cls: type[AOTAutogradCache]) -> str:
        return str(graphs)

    # What an earlier run compiled is not found; what Inductor built for it is.
    monkeypatch.setattr(AOTAutogradCache, "_get_tmp_dir", classmethod(folder))
    # Dynamo empties the CPU's caches to time the guards of each graph for a log: 20 ms a graph.
    monkeypatch.setattr(guards, "profile_guard_manager", lambda *_: 0.0)
    monkeypatch.setenv("TORCH_FPGA_CACHE", str(cache().root))
    monkeypatch.setenv("TORCH_FPGA_CHECK", "1")
    if os.environ.get("HYPOTHESIS_PROFILE") != "thorough":  # optimising takes as long as all the rest of a test
        monkeypatch.setenv("TORCH_FPGA_CXXFLAGS", "-Og")
    for name in ("TORCH_FPGA_DUMP", "TORCH_FPGA_DEBUG", "TORCH_LOGS"):
        monkeypatch.delenv(name, raising=False)
    torch._dynamo.reset()
    record.reset()
    yield
    torch._dynamo.reset()


@pytest.fixture
def optimised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels are built as a user's are: for values that an optimiser could treat otherwise."""
    monkeypatch.delenv("TORCH_FPGA_CXXFLAGS", raising=False)


@pytest.fixture
def no_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs are captured, raised, placed, split and linked, and their regions run in eager PyTorch.

    Whole models and random programs have thousands of kernels to build. What they bring to light lies between the
    regions (sizes, strides, writes); such tests look there, and the slow ones build all.
    """

    def refuse(*_: object) -> NoReturn:
        raise FpgaError(NOT_BUILT)

    monkeypatch.setattr(realise, "compile_dense", lambda graph, cacheable: Dense(EagerGraph(graph).forward, "eager"))
    monkeypatch.setattr(Kernels, "lower", refuse)
