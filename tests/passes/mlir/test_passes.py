"""Every MLIR pass has a text beside this file: what goes in, and in CHECK lines what must come out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import Options
from filecheck.parser import Parser

from torch_fpga.dialects import mlir
from torch_fpga.passes.mlir.pipeline import MLIR_PASSES, run_mlir
from torch_fpga.stages import context
from torch_fpga.targets.kernel import kernel_options

CASES = sorted(Path(__file__).parent.glob("*.mlir"))


# What a pass does only if the options ask for it.
ASKED: dict[str, dict[str, Any]] = {"meet_one_by_one": {"one_by_one": True}}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_pass(case: Path) -> None:
    given = dataclasses.replace(kernel_options("u55c"), **ASKED.get(case.stem, {}))
    with context():
        module = mlir.ir.Module.parse(case.read_text())
        text = str(run_mlir(module, [MLIR_PASSES[case.stem]], given, lambda name, module: None))
    options = Options(match_filename=str(case))
    assert Matcher(options, FInput(str(case), text), Parser.from_opts(options)).run() == 0, text


def test_every_pass_has_a_case() -> None:
    assert {case.stem for case in CASES} == set(MLIR_PASSES)
