"""What tests of whole models share."""

from __future__ import annotations

import pytest

from torch_fpga import compiler
from torch_fpga.dense import Dense
from torch_fpga.errors import FpgaError
from torch_fpga.parts import forward_of


@pytest.fixture
def no_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs are captured, raised, placed, split and linked, and their pieces run in eager PyTorch.

    Twenty models have hundreds of kernels to build. What whole models bring to light lies between the pieces (sizes,
    strides, writes); these tests look there, and the slow ones build all.
    """
    monkeypatch.setattr(compiler, "compile_dense", lambda graph, keep: Dense(forward_of(graph), "eager"))
    monkeypatch.setattr(compiler.Compiler, "lower", lambda self, piece, cache: FpgaError("not built here"))
