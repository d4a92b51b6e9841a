"""Each test compiles anew, with kernels cached for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from tests.kernels import cache
from torch_fpga import record


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TORCH_FPGA_CACHE", str(cache().root))
    for name in ("TORCH_FPGA_DUMP", "TORCH_FPGA_DEBUG", "TORCH_LOGS"):
        monkeypatch.delenv(name, raising=False)
    torch._dynamo.reset()
    record.reset()
    yield
    torch._dynamo.reset()
