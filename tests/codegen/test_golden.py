"""The emitted C++ and the last MLIR, letter by letter. ``UPDATE_GOLDEN=1 pytest tests/codegen`` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import torch

from tests.codegen import models
from tests.kernels import trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.targets.kernel import kernel_options

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "attend": (torch.zeros(64, 16), torch.zeros(64, 8), torch.zeros(16)),
    "attend_int8": (torch.zeros(16384, 64, dtype=torch.int8), torch.zeros(16384), torch.zeros(64)),
    "normalise": (torch.zeros(6, 40), torch.zeros(40)),
}


def _kernel(name: str, folder: Path) -> tuple[str, str]:
    """The kernel's C++ and the module it was printed from."""
    source = lower(trace(getattr(models, name), *CASES[name]), name, Dump(), kernel_options("u55c")).source
    (module,) = folder.rglob("*_bind_memory.mlir")
    return source, module.read_text()


@pytest.mark.parametrize("name", CASES)
def test_golden(name, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path))
    texts = dict(zip(("cpp", "mlir"), _kernel(name, tmp_path), strict=True))
    for suffix, text in texts.items():
        golden = GOLDEN / f"{name}.{suffix}"
        if os.environ.get("UPDATE_GOLDEN"):
            golden.write_text(text)
        assert text == golden.read_text(), f"{golden.name} is not what is emitted now"


@pytest.mark.parametrize("name", CASES)
def test_golden_cpp_is_for_a_reader(name):
    text = (GOLDEN / f"{name}.cpp").read_text()
    assert max(len(line) for line in text.splitlines() if not line.startswith("#pragma")) <= 120
    assert "#pragma HLS dataflow" in text
    assert re.search(r"// models\.py:\d+: \w+", text), "tasks name the user's line"
    for argument in models.__dict__[name].__code__.co_varnames[: len(CASES[name])]:
        assert re.search(rf"\b{argument}", text), f"the user's name {argument} is kept"
