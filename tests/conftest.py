"""Each test compiles anew, with kernels cached for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch._functorch._aot_autograd.autograd_cache import AOTAutogradCache

from tests.kernels import cache
from torch_fpga import record


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    graphs = tmp_path_factory.mktemp("graphs")  # not tmp_path: some tests look into theirs

    def folder(cls: type[AOTAutogradCache]) -> str:
        return str(graphs)

    # What an earlier run compiled is not found; what Inductor built for it is.
    monkeypatch.setattr(AOTAutogradCache, "_get_tmp_dir", classmethod(folder))
    monkeypatch.setenv("TORCH_FPGA_CACHE", str(cache().root))
    monkeypatch.setenv("TORCH_FPGA_CHECK", "1")
    for name in ("TORCH_FPGA_DUMP", "TORCH_FPGA_DEBUG", "TORCH_LOGS"):
        monkeypatch.delenv(name, raising=False)
    torch._dynamo.reset()
    record.reset()
    yield
    torch._dynamo.reset()
