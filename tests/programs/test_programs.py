"""Random programs give what they give in eager PyTorch, on every placement, in emulation and on sw_emu.

``TORCH_FPGA_PROGRAMS=5000 pytest tests/programs`` tries as many; they begin where ``TORCH_FPGA_FIRST_PROGRAM`` says.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.agree import differences
from tests.programs.generate import generate
from torch_fpga.errors import ToolError
from torch_fpga.runtime.device import open_device

FIRST, COUNT = (int(os.environ.get(f"TORCH_FPGA_{name}", n)) for name, n in (("FIRST_PROGRAM", 0), ("PROGRAMS", 200)))
GROUP = 10
"""Programs of one test, so that thousands can be listed."""


@pytest.fixture(scope="module")
def devices() -> list[str]:
    """Emulation, and for some programs sw_emu where XRT is installed."""
    try:
        open_device("sw_emu", "", 10.0)
    except ToolError:
        return ["emulation"]
    return ["emulation", "emulation", "emulation", "sw_emu"]


@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, GROUP))
def test_random_programs(first, devices):
    found = []
    for seed in range(first, min(first + GROUP, FIRST + COUNT)):
        rng = random.Random(seed)
        program = generate(rng)
        options = {"placement": rng.choice(["memory_bound", "fpga", "fpga", "gpu"]), "device": rng.choice(devices)}
        if problems := differences(program.function(), map(program.inputs, program.calls), options):
            found.append("\n".join([f"program {seed}, {options}, {program.calls}", program.source, *problems]))
    assert not found, "\n\n".join(found)
