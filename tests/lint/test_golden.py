"""What is found in each golden kernel. ``UPDATE_GOLDEN=1 pytest tests/lint`` writes the texts anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.codegen import models
from tests.codegen.test_golden import CASES
from tests.kernels import trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.targets.kernel import kernel_options

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", CASES)
def test_golden(name):
    graph = trace(getattr(models, name), *CASES[name])
    findings = lower(graph, name, Dump(), kernel_options("u55c")).design.findings
    text = "".join(f"{finding}\n" for finding in findings)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text(), f"{golden.name} is not what is found now"


def test_golden_names_lines_of_the_user():
    for name in CASES:
        text = (GOLDEN / f"{name}.txt").read_text()
        assert "models.py:" in text
        assert "/" not in text.split("[")[0], "no path of a machine"
