"""Random programs give what they give in eager PyTorch, on every placement, in emulation and on sw_emu.

``TORCH_FPGA_PROGRAMS=5000 pytest tests/programs`` tries as many of each kind; they begin where
``TORCH_FPGA_FIRST_PROGRAM`` says.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis import strategies as st

from tests.agree import differences
from tests.programs.generate import generate
from torch_fpga.errors import ToolError
from torch_fpga.runtime.open_device import open_device

FIRST = int(os.environ.get("TORCH_FPGA_FIRST_PROGRAM", 0))
GROUP = 10
"""Programs of one test, so that thousands can be listed."""


def _firsts(usual: int) -> range:
    return range(FIRST, FIRST + int(os.environ.get("TORCH_FPGA_PROGRAMS", usual)), GROUP)


@pytest.fixture(scope="module")
def devices() -> list[str]:
    """Emulation, and for some programs sw_emu where XRT is installed."""
    try:
        open_device("sw_emu", "", 10.0)
    except ToolError:
        return ["emulation"]
    return ["emulation", "emulation", "emulation", "sw_emu"]


@pytest.mark.parametrize("first", _firsts(20))
def test_random_programs(first, devices):
    _try(first, devices)


@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize("first", _firsts(300))
def test_random_programs_between_their_pieces(first):
    """Without compilers, a program takes a tenth of the time."""
    _try(first, ["emulation"])


def _try(first: int, devices: list[str]) -> None:
    """Hypothesis draws each choice of a program, so that it can make a failing one smaller."""

    @seed(first)
    @settings(
        max_examples=GROUP,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def agrees(rng: random.Random) -> None:
        program = generate(rng)
        options: dict[str, Any] = {
            "placement": rng.choice(["memory_bound", "fpga", "fpga", "fpga", "gpu", "latency", "energy"]),
            "device": rng.choice(devices),
        }
        rounded = program.dtype is not torch.float32 or "float16" in program.source
        problems = differences(program.function(), map(program.inputs, program.calls), options, rounded)
        if problems and differences(program.function(), map(program.inputs, program.calls), {}, backend="aot_eager"):
            reject()  # PyTorch's own capture loses what the program means: a write through ``expand`` is one such
        assert not problems, "\n".join([f"seed {first}, {options}, {program.calls}", program.source, *problems])

    agrees()
