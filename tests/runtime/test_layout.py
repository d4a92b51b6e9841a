"""Tensors whose memory does not hold their values, and launches that no tensor comes to."""

from __future__ import annotations

import pytest
import torch

DEVICES = pytest.mark.parametrize("device", ["emulation", "sw_emu"])


@DEVICES
def test_lazily_negated_tensors(device):
    """The imaginary part of a conjugate; Dynamo compiles anew for it, but the graph says only ``clone``."""
    torch._dynamo.reset()
    z = torch.randn(4, 5, dtype=torch.complex64)
    options = {"placement": "fpga", "device": device}
    double = torch.compile(lambda x: (x * 2, x.t() + 1, x.sum()), backend="fpga", options=options)
    with torch.no_grad():
        for given in (z.imag, z.conj().imag, z.imag):
            torch.testing.assert_close(double(given), (given * 2, given.t() + 1, given.sum()))


@DEVICES
def test_a_region_that_reads_nothing(device):
    torch._dynamo.reset()
    options = {"placement": "fpga", "device": device}
    count = torch.compile(lambda: torch.arange(5) * 2 + 1, backend="fpga", options=options)
    with torch.no_grad():
        assert count().tolist() == [1, 3, 5, 7, 9]
