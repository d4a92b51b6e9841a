"""Fingerprints tell contents apart, in memory of the host and as a GPU takes them."""

from __future__ import annotations

import pytest
import torch

from torch_fpga.runtime import fingerprint as module
from torch_fpga.runtime.fingerprint import fingerprint

WAYS = {"cpu": fingerprint, "gpu's, here": module._on_gpu}


def _changes(x: torch.Tensor):  # type: ignore[no-untyped-def]
    floats = x.view(torch.float32)
    yield "signs of all", (-floats).view(torch.uint8)
    two = floats.clone()
    two[[1, 5]] *= -1
    yield "two signs", two.view(torch.uint8)
    yield "reversed", x.flip(0)
    yield "words swapped", floats.flip(0).view(torch.uint8)
    yield "shorter", x[:-1]
    yield "zeros", torch.zeros_like(x)
    for byte in (0, 1, x.numel() // 2, x.numel() - 1):
        for bit in (1, 128):
            one = x.clone()
            one[byte] ^= bit
            yield f"bit {bit} of byte {byte}", one


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [32, 1000, 4 * module._CHUNK + 64])
def test_contents_are_told_apart(way, size):
    x = torch.randint(1, 255, (size,), dtype=torch.uint8)
    known = {WAYS[way](x): "itself"}
    assert WAYS[way](x.clone()) in known
    for name, other in _changes(x):
        print_ = WAYS[way](other)
        assert len(print_) == 16
        assert print_ not in known, f"{name} is like {known[print_]}"
        known[print_] = name


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu():
    x = torch.randint(0, 255, (5 << 20,), dtype=torch.uint8)
    known = fingerprint(x.cuda())
    assert fingerprint(x.cuda()) == known
    x[77] ^= 128
    assert fingerprint(x.cuda()) != known
