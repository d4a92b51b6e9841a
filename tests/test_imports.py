"""Imports inside functions are few, and each is there for a reason: what it brings takes long, or may not be there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import torch_fpga

ROOT = Path(torch_fpga.__file__).parent

LATE = {
    # `import torch_fpga` brings neither torch nor the compiler: Dynamo looks at its version on every start.
    "torch_fpga -> torch": "for refresh",
    "torch_fpga -> torch_fpga.compiler": "for last_report",
    "torch_fpga -> torch_fpga.runtime.residency": "for refresh",
    "torch_fpga -> torch_fpga.tools.cycles": "for cycles",
    "torch_fpga -> torch_fpga.tools.explain": "for explain",
    "torch_fpga -> torch_fpga.tools.export": "for export",
    # A model compiled before starts from what was kept: neither a pass, nor MLIR, nor Inductor is needed for it.
    "torch_fpga.backend -> torch_fpga.compiler.divide": "brings passes",
    "torch_fpga.backend -> torch_fpga.compiler.plan": "brings all passes",
    "torch_fpga.backend -> torch_fpga.compiler.realise": "brings what builds",
    "torch_fpga.backend -> torch._inductor.compile_fx": "brings Inductor",
    "torch_fpga.compiler.undivided -> torch_fpga.compiler.describe": "a graph that is divided needs it later",
    "torch_fpga.compiler.lower_once -> torch_fpga.compiler.lower": "brings torch-mlir",
    "torch_fpga.compiler.lower_once -> torch_fpga.compiler.lower_sized": "brings torch-mlir",
    "torch_fpga.compiler.one_image -> scipy.optimize": "as long as a small compilation; few models are too large",
    "torch_fpga.compiler.probe -> torch._inductor": "brings Inductor",
    "torch_fpga.compiler.probe -> torch._inductor.codecache": "brings Inductor",
    "torch_fpga.passes.fx.decompose -> torch._decomp": "the table is made at its first use",
    "torch_fpga.passes.fx.decompose -> torch.utils.flop_counter": "some milliseconds; only an op without a row asks it",
    "torch_fpga.ops.work -> torch.utils.flop_counter": "some milliseconds; only an op without a row asks it",
    # What only some need.
    "torch_fpga.compiler.realise -> torch_fpga.compiler.onnx_dump": "brings onnx; only a dump needs it",
    "torch_fpga.report.report -> torch_fpga.report.html": "brings jinja2; only a page needs it",
    "torch_fpga.runtime.xrt.api -> pyxrt": "may not be installed",
    # `torch-fpga --help` does not wait for torch: a command imports what it alone needs.
    "torch_fpga.tools.cli -> torch": "explain, cycles, export, lint, doctor",
    "torch_fpga.tools.cli -> torch.fx.experimental.proxy_tensor": "doctor",
    "torch_fpga.tools.cli -> torch_fpga.codegen.vitis": "export",
    "torch_fpga.tools.cli -> torch_fpga.codegen.xclbin": "xclbin",
    "torch_fpga.tools.cli -> torch_fpga.compiler.lower": "doctor",
    "torch_fpga.tools.cli -> torch_fpga.debug": "doctor",
    "torch_fpga.tools.cli -> torch_fpga.errors": "doctor",
    "torch_fpga.tools.cli -> torch_fpga.options": "cache, doctor, lint",
    "torch_fpga.tools.cli -> torch_fpga.report.cycles": "cycles",
    "torch_fpga.tools.cli -> torch_fpga.runtime.build": "doctor",
    "torch_fpga.tools.cli -> torch_fpga.runtime.cache": "cache, doctor",
    "torch_fpga.tools.cli -> torch_fpga.runtime.launch": "doctor",
    "torch_fpga.tools.cli -> torch_fpga.runtime.open_device": "doctor",
    "torch_fpga.tools.cli -> torch_fpga.targets.kernel": "doctor",
}


def _late_imports(path: Path) -> Iterator[str]:
    """What the functions of a file import, but for the standard library."""
    name = ".".join(["torch_fpga", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    for node in (inner for function in functions for inner in ast.walk(function)):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{name} imports relatively"
            yield f"{name} -> {node.module}"
        elif isinstance(node, ast.Import):
            yield from (f"{name} -> {alias.name}" for alias in node.names)


def test_imports_inside_functions():
    found = {late for path in ROOT.rglob("*.py") for late in _late_imports(path)}
    assert {late for late in found if late.split(" -> ")[1].split(".")[0] not in sys.stdlib_module_names} == set(LATE)
