"""Every invariant of a dialect has a text that breaks it, in ``invalid.mlir``, and says so in words of its own."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

from torch_fpga import stages
from torch_fpga.dialects import hls, mem, mlir
from torch_fpga.errors import FpgaError
from torch_fpga.passes.mlir.pipeline import MLIR_PASSES, run_mlir
from torch_fpga.stages import context
from torch_fpga.targets.kernel import kernel_options

_, *TEXTS = Path(__file__).with_name("invalid.mlir").read_text().split("// -----\n")


def _line(text: str, name: str) -> str | None:
    found = re.search(rf"^// {name}: (.*)$", text, re.MULTILINE)
    return found and found[1]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: _line(text, "ERROR"))
def test_what_breaks_an_invariant_is_refused(text):
    step = _line(text, "RUN")
    with context():
        if step is None:
            with pytest.raises(FpgaError) as refused:
                mlir.ir.Module.parse(text)  # verifies what it has read
        else:
            module = mlir.ir.Module.parse(text)
            with pytest.raises(FpgaError) as refused:
                run_mlir(module, [MLIR_PASSES[step]], kernel_options("u55c"), lambda name, module: None)
    error = str(refused.value)
    assert _line(text, "ERROR") in error
    assert 'loc("-":' in error or "-:" in error, "it does not say where"


def _invariants() -> set[str]:
    """The words of each ``require`` of each op, as its error says them."""
    found = set()
    stages_of = [
        importlib.import_module(f"{stages.__name__}.{each.name}") for each in pkgutil.iter_modules(stages.__path__)
    ]
    for module in (mem, hls, *stages_of):
        for op in ast.parse(inspect.getsource(module)).body:
            if isinstance(op, ast.ClassDef) and op.bases and "Operation" in (base := ast.unparse(op.bases[0])):
                dialect = "mem" if "Mem" in base else "hls"
                name = next((word.value.value for word in op.keywords if word.arg == "name"), "")
                calls = [node for node in ast.walk(op) if isinstance(node, ast.Call)]
                words = [call.args[2].value for call in calls if ast.unparse(call.func).endswith("require")]
                found |= {f"{word} in {dialect}.{name}" for word in words}
                checks = [item for item in op.body if getattr(item, "name", "").startswith("verify")]
                assert bool(checks) == bool(words), f"{name} checks in a way that is not seen here"
    return found


def test_every_invariant_has_a_text_that_breaks_it():
    broken = {_line(text, "ERROR") for text in TEXTS if _line(text, "RUN") is None}
    assert broken == _invariants()
