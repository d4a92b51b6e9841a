"""Models, and what is done with their exports, for the tests of several subjects."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

import torch_fpga
from tests.codegen import models

needs_gpp = pytest.mark.skipif(not shutil.which("g++"), reason="no g++")


class SemanticSearch(torch.nn.Module):
    """The main job's module (examples/semantic_search) with a small encoder in place of MiniLM."""

    def __init__(self, rows: int = 1024, cols: int = 384) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.encoder = torch.nn.Linear(cols, cols)
        torch.nn.init.normal_(self.encoder.weight, std=0.05, generator=generator)
        self.register_buffer("index", torch.randn(rows, cols, generator=generator))

    def forward(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        query = torch.tanh(self.encoder(tokens)).mean(0)
        scores = self.index @ query
        values, indices = torch.topk(scores, 8)
        weights = torch.softmax(values, dim=0)
        context = weights @ self.index[indices]
        return values, indices, context


def normalised_gather(x: torch.Tensor, weight: torch.Tensor, table: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Norm, softmax and gather."""
    normed = torch.nn.functional.rms_norm(x, x.shape[-1:], weight)
    weights = torch.softmax(normed, -1)
    return weights @ table[places]


def normalised_rows(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """What is read and written by blocks of rows."""
    return torch.nn.functional.rms_norm(x, x.shape[-1:], weight)


def random(*shape: int) -> torch.Tensor:
    """Normal numbers, the same in every run."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def _search() -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    return SemanticSearch().eval(), (random(32, 384),)


def _int8() -> tuple[object, tuple[torch.Tensor, ...]]:
    keys = (random(16384, 64) * 40).clamp(-128, 127).to(torch.int8)
    return models.attend_int8, (keys, random(16384).abs(), random(64))


def _gather() -> tuple[object, tuple[torch.Tensor, ...]]:
    places = torch.arange(64).flip(0) * 7
    return normalised_gather, (random(4, 64), random(64), random(512, 96), places)


def _rows() -> tuple[object, tuple[torch.Tensor, ...]]:
    return normalised_rows, (random(1039, 256), random(256))


CASES = {"search": _search, "int8": _int8, "gather": _gather, "rows": _rows}


def export(folder: Path, case: str, **options: str) -> Path:
    model, inputs = CASES[case]()
    with torch.no_grad():
        return torch_fpga.export(model, *inputs, path=folder, **{"placement": "fpga"} | options)


def kernels(folder: Path) -> list[dict]:
    return json.loads((folder / "kernels.json").read_text())["kernels"]


def tamper(folder: Path, pattern: str, dtype: torch.dtype) -> str:
    """Adds 1 to the third element of an output's expected values; returns the file's name."""
    (file,) = folder.glob(f"data/*/{pattern}")
    values = torch.frombuffer(bytearray(file.read_bytes()), dtype=dtype)
    values[2] += 1
    file.write_bytes(values.numpy().tobytes())
    return file.name


class HalfSearch(torch.nn.Module):
    """Scores in float16, which has few values: among the best there are equal ones."""

    def __init__(self, rows: int = 2048, cols: int = 64) -> None:
        super().__init__()
        self.register_buffer("index", random(rows, cols).half())

    def forward(self, query: torch.Tensor) -> tuple[torch.Tensor, ...]:
        scores = self.index @ query
        values, indices = torch.topk(scores, 64)
        return values, indices, self.index[indices], scores.argmax()


def swap_a_tie(file: Path, source: torch.Tensor) -> None:
    """Expects two indices of equal values in the other order, as PyTorch may give them."""
    indices = torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.int64)
    i = next(i for i in range(len(indices) - 1) if source[indices[i]] == source[indices[i + 1]])
    indices[[i, i + 1]] = indices[[i + 1, i]]
    file.write_bytes(indices.numpy().tobytes())
