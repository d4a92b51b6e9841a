"""What was lowered once is not lowered again, unless anything that decides it has changed or somebody looks."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.caches import empty_cache
from tests.kernels import trace
from torch_fpga.compiler import lower_once
from torch_fpga.compiler.lower_once import lowered_once
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.debug import Dump
from torch_fpga.runtime.cache import Cache
from torch_fpga.targets.kernel import KernelOptions, kernel_options

U55C = kernel_options("u55c")


class Counted:
    """Lowers graphs of one shape with one cache; ``runs`` counts how often MLIR was really run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self.cache, self.runs, really = Cache(str(root)), 0, lower_once._lower

        def counting(*arguments) -> Lowered:
            self.runs += 1
            return really(*arguments)

        monkeypatch.setattr(lower_once, "_lower", counting)

    def __call__(
        self,
        region: str = "region",
        cols: int = 8,
        known: dict[str, Lowered] | None = None,
        options: KernelOptions = U55C,
    ) -> Lowered:
        graph = trace(lambda x: x.cumsum(-1), torch.randn(4, cols))
        return lowered_once(graph, region, Dump(), self.cache, options, known)


@pytest.fixture
def lower(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Counted:
    return Counted(monkeypatch, tmp_path / "cache")


def test_an_equal_graph_is_lowered_once(lower):
    first, again = lower(), lower()
    assert first == again
    assert f"void {first.name}(" in first.source
    assert first.signature.inputs[0].dtype is torch.float32
    assert lower.runs == 1


def test_the_judgement_has_the_lines_of_who_asks(tmp_path):
    def first(x):
        return x.cumsum(-1)

    def second(x):
        return torch.cumsum(x, -1)

    known: dict[str, Lowered] = {}
    for function, line in ((first, "x.cumsum(-1)"), (second, "torch.cumsum(x, -1)"), (first, "x.cumsum(-1)")):
        graph = trace(function, torch.randn(4, 8))
        for cached in (known, {}):
            design = lowered_once(graph, "region", Dump(), Cache(str(tmp_path)), U55C, cached).design
            sources = {part.source for phase in design.phases for part in phase.tasks}
            sources |= {finding.source for finding in design.findings}
            assert len(sources) == 1
            assert sources.pop().endswith(f": return {line}")


def test_other_work_is_another_kernel(lower):
    assert lower().name != lower(cols=16).name
    assert lower.runs == 2


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(KernelOptions)])
def test_what_passes_are_given_is_part_of_the_key(lower, field):
    other = dataclasses.replace(U55C, **{field: "u280" if field == "target" else 2 * getattr(U55C, field)})
    known: dict[str, Lowered] = {}
    lower(known=known), lower(known=known, options=other)
    assert lower.runs == 2
    lower(options=U55C), lower(options=other)
    assert lower.runs == 2


def test_another_target_is_judged_anew_and_an_equal_kernel_is_found_again(lower):
    first, other = lower(options=U55C), lower(options=kernel_options("u280"))
    assert lower.runs == 2
    assert (first.name, first.source) == (other.name, other.source), "the same chip family and memory"
    assert first.design.room != other.design.room


def test_a_region_of_another_name_is_the_same_kernel(lower):
    assert lower("graph0_fpga1") == lower("graph7_fpga2")
    assert lower.runs == 1


def test_a_name_is_of_the_work_alone(tmp_path):
    """Whatever the user calls things, and whatever the cache has."""

    def first(weights: torch.Tensor) -> torch.Tensor:
        scores = weights.cumsum(-1)
        return scores  # noqa: RET504

    def second(x: torch.Tensor) -> torch.Tensor:
        return x.cumsum(-1)

    made = [
        lowered_once(
            trace(function, torch.randn(4, 8)), "region", Dump(), Cache(str(tmp_path / function.__name__)), U55C
        )
        for function in (first, second)
    ]
    assert "weights" in made[0].source
    assert "weights" not in made[1].source
    assert made[0].name == made[1].name
    assert made[0].name.startswith("cumsum_")


def test_equal_hardware_for_other_tensors_has_another_name(tmp_path):
    """Two names in an image: a launch takes the shapes of its tensors from the kernel."""
    flat, square = (
        lowered_once(trace(lambda x: x + 1.0, torch.randn(shape)), "region", Dump(), Cache(str(tmp_path)), U55C)
        for shape in ((16,), (2, 8))
    )
    assert flat.signature.inputs != square.signature.inputs
    assert flat.name != square.name


def test_a_graph_without_a_text_is_lowered_each_time(lower, monkeypatch):
    monkeypatch.setattr(lower_once, "graph_text", lambda graph: None)
    assert lower() == lower()
    assert lower.runs == 2


def test_another_compiler_lowers_again(lower, monkeypatch):
    lower()
    monkeypatch.setattr(lower_once, "compiler_key", lambda: "another")
    lower()
    assert lower.runs == 2


def test_who_looks_sees_equal_regions_once(lower, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path / "dump"))
    known: dict[str, Lowered] = {}
    assert lower("fpga0", known=known) == lower("fpga1", known=known)
    assert lower.runs == 1


@pytest.mark.parametrize(("variable", "value"), [("TORCH_FPGA_DUMP", "dump"), ("TORCH_FPGA_DEBUG", "3")])
def test_who_looks_sees_every_step(lower, monkeypatch, tmp_path, capfd, variable, value):
    lower()
    monkeypatch.setenv(variable, str(tmp_path / value) if variable == "TORCH_FPGA_DUMP" else value)
    lower()
    assert lower.runs == 2
    shown = capfd.readouterr().err + "".join(path.name for path in tmp_path.glob("dump/*/*"))
    assert "region_kernel" in shown


def test_who_logs_sees_every_step(lower, caplog):
    lower()
    with caplog.at_level("DEBUG", logger="torch_fpga"):
        lower()
    assert any("mem_to_hls" in record.message for record in caplog.records)


def test_a_changed_table_is_another_compiler():
    names = {name for name, _ in lower_once._files("torch_fpga", "*.py", "*.toml")}
    assert {"targets/u55c.toml", "targets/links.toml"} <= names


@pytest.mark.parametrize("package", ["torch_fpga", "torch_mlir"])
def test_a_changed_source_is_another_compiler(monkeypatch, tmp_path, package):
    (tmp_path / "a.py").write_text("1")
    monkeypatch.setattr(lower_once, "_files", lambda name, *_: [("a.py", tmp_path / "a.py")] if name == package else [])
    before = lower_once.compiler_key.__wrapped__()
    assert lower_once.compiler_key.__wrapped__() == before
    (tmp_path / "a.py").write_text("22")
    assert lower_once.compiler_key.__wrapped__() != before


def test_the_compiler_is_found_without_importing_it():
    names = {
        name for package in ("torch_fpga", "torch_mlir") for name, _ in lower_once._files(package, "*.py", "*.so*")
    }
    assert {"passes/mlir/mem_to_hls.py", "dialects/hls.py", "extras/fx_importer.py"} <= names
    assert any(name.startswith("_mlir_libs/") and ".so" in name for name in names)


SUMS = """
import sys, torch, torch_fpga
run = torch.compile(lambda x: x.cumsum(-1), backend="fpga", options={"placement": "fpga"})
with torch.no_grad():
    x = torch.arange(12.0).reshape(3, 4)
    assert torch.equal(run(x), x.cumsum(-1))
assert [r.compiled_by for r in torch_fpga.last_report().graphs[0].regions] == ["hls"]
print("torch_mlir" in sys.modules)
"""


@pytest.mark.parametrize("lowered_before", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_second_process_imports_no_mlir(tmp_path, monkeypatch, lowered_before):
    monkeypatch.setenv("TORCH_FPGA_CACHE", empty_cache(tmp_path))
    monkeypatch.setenv("TORCHINDUCTOR_AUTOGRAD_CACHE", "0")  # else nothing would be lowered at all
    if lowered_before:
        exec(SUMS, {})
    second = subprocess.run([sys.executable, "-c", SUMS], capture_output=True, text=True)
    assert second.stdout.strip() == str(not lowered_before), second.stderr
