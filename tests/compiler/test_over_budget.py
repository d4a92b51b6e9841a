"""What the kernels of a graph take of the card together is said before anything is built."""

from __future__ import annotations

import dataclasses

import pytest
import torch

import torch_fpga
from torch_fpga.errors import FpgaWarning
from torch_fpga.model import design
from torch_fpga.targets.card import load_card


def _explained(function, *inputs):
    return torch_fpga.explain(function, *inputs, placement="fpga")


@pytest.fixture
def small_card(monkeypatch, tmp_path):
    """With 10 DSP. What is lowered for it is kept apart."""
    card = load_card("u55c")
    monkeypatch.setenv("TORCH_FPGA_CACHE", str(tmp_path))
    monkeypatch.setattr(design, "load_card", lambda name: dataclasses.replace(card, room={**card.room, "dsp": 10}))


@pytest.mark.usefixtures("small_card")
def test_a_dry_run_says_it():
    with pytest.warns(FpgaWarning, match="the kernels do not fit the u55c together: the card has 10 DSP and"):
        report = _explained(lambda x: x.softmax(-1), torch.ones(4, 64))
    assert "The kernel does not fit the card:" in str(report)
    assert "note: the card: the card has 10 DSP" in str(report)


def test_a_kernel_of_two_regions_is_counted_once():
    report = _explained(lambda x, w: (x.cumsum(-1) @ w).cumsum(-1), torch.ones(64, 64), torch.ones(64, 64))
    first, second = report.graphs[0].on("fpga")
    assert (first.kernel_of, second.kernel_of) == ("", first.id)
    assert second.design == first.design
    assert "The kernel fits the card:" in str(report)
