"""The rule of shallow FIFOs on a kernel of thirty blocks: one FIFO of two hundred is too short."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.calibration.kernels import KERNELS, judge
from torch_fpga.dialects import mlir
from torch_fpga.lint import lint
from torch_fpga.stages import context
from torch_fpga.targets.chip import load_chip

TEXT = (Path(__file__).parents[1] / "codegen/golden/attend_int8.mlir").read_text()


def _found(text: str) -> list[str]:
    with context():
        findings = lint(mlir.ir.Module.parse(text), load_chip("ultrascale_plus"))
    return [each.remedy for each in findings if each.rule == "shallow-fifo"]


def test_no_fifo_is_too_short():
    assert TEXT.count("hls.load_vectors_after") == 30
    assert _found(TEXT) == []


@pytest.mark.parametrize("name", ["scales_stream[0]", "scales_stream[17]"])
def test_the_scales_of_a_block_wait_for_its_rows(name):
    """A block's scales are read before its rows: all 35 vectors of them."""
    old = f'depth = 35 : i64, name = "{name}"'
    assert TEXT.count(old) == 1
    (remedy,) = _found(TEXT.replace(old, old.replace("35", "8")))
    assert f"make {name} 35 vectors deep" in remedy


def test_what_a_selection_takes_in_is_no_short_fifo():
    """The best of a block come when all of it was read: however few of them a FIFO holds, nothing waits before that."""
    (kernel,) = [each for each in KERNELS if each.name == "the same, int8, scale behind the product"]
    assert [each for each in judge(kernel, "u55c").design.findings if each.severity == "error"] == []
