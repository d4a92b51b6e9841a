"""Every FX pass has a file of cases beside this one: what goes in, and what must come out (``text.py`` says how).

A case is a function, with a comment on what it shows, and after an empty line either what the pass makes of it or the
word ``unchanged``. It also has to compute the same before and after. ``UPDATE_GOLDEN=1 pytest tests/passes/fx`` writes
anew what comes out, but no ``unchanged``; nor does it take for a change what is none.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import fx

from tests.passes.fx.text import mode_of, parse, run, text_of
from torch_fpga import passes
from torch_fpga.options import Options
from torch_fpga.passes.fx.estimate import estimate
from torch_fpga.passes.fx.group import group
from torch_fpga.passes.fx.name_inputs import name_inputs
from torch_fpga.passes.fx.pipeline import DIVIDE, RAISE
from torch_fpga.passes.fx.place import place
from torch_fpga.passes.fx.split import split
from torch_fpga.passes.mlir.pipeline import MLIR_PASSES, canonicalize

HERE = Path(__file__).parent
PASSES = {path.stem for path in HERE.glob("*.fx")}
NO_PASSES = {
    "fx": {
        *("at_sizes", "composites", "match", "mincut", "pipeline", "regions", "stages", "views"),
        *("crossover", "policies", "price", "problem", "rules", "same_work", "search", "why"),  # of place
    },
    "mlir": {"blocks", "kernel", "names", "pipeline", "rewire"},
}
"""Modules of the two rooms that only help passes; every other is a pass."""


def _group(graph: fx.GraphModule) -> None:
    estimate(graph)
    for unit in group(graph):
        for node in unit.nodes:
            node.meta["group"] = unit.id
    _without_estimate(graph)


def _name_inputs(graph: fx.GraphModule) -> None:
    inputs = graph.graph.find_nodes(op="placeholder")
    name_inputs(graph, [node.meta.pop("dynamo") for node in inputs if "dynamo" in node.meta])


def _place(graph: fx.GraphModule) -> None:
    estimate(graph)
    place(graph, Options(placement="fpga"))
    _without_estimate(graph)


def _without_estimate(graph: fx.GraphModule) -> None:
    for node in graph.graph.nodes:
        for key in ("work", "is_view", "support"):
            node.meta.pop(key, None)


def _split(graph: fx.GraphModule) -> tuple[fx.GraphModule, str]:
    whole, pieces = split(graph)
    notes = [f"# device={p.device} resident={list(p.resident)}\n{text_of(p.graph, p.id)}" for p in pieces]
    return whole, "\n".join([text_of(whole, "after"), *notes])


RUN: dict[str, Callable[[fx.GraphModule], tuple[fx.GraphModule, str] | None]] = {
    "group": _group,
    "name_inputs": _name_inputs,
    "place": _place,
    "split": _split,
}
"""Passes that take or give more than the graph."""


@dataclasses.dataclass
class Case:
    file: Path
    before: str
    after: str

    def __str__(self) -> str:
        name = self.before.partition("def ")[2].partition("(")[0]
        return f"{self.file.stem}-{name}"


def _cases(file: Path) -> list[Case]:
    blocks = file.read_text().strip().split("\n\n")
    return [Case(file, *pair) for pair in zip(blocks[::2], blocks[1::2], strict=True)]


CASES = [case for file in sorted(HERE.glob("*.fx")) for case in _cases(file)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_pass(case: Case) -> None:
    graph, original = parse(case.before), parse(case.before)
    before = text_of(original, "after")
    with mode_of(graph):  # as AOTAutograd calls a backend
        made = RUN.get(case.file.stem, _pass(case.file.stem))(graph)
    graph, after = made or (graph, text_of(graph, "after"))
    graph.graph.lint()
    if "no CPU runs it" not in case.before:
        torch.testing.assert_close(run(graph), run(original), equal_nan=True)
    if case.after == "unchanged":
        assert after == before
        return
    assert after != before, "the pass does nothing"
    if after != case.after and os.environ.get("UPDATE_GOLDEN"):
        old, new = (f"{case.before}\n\n{part}\n" for part in (case.after, after))
        case.file.write_text(case.file.read_text().replace(old, new))
        return
    assert after == case.after


def _pass(name: str) -> Callable[[fx.GraphModule], None]:
    return getattr(importlib.import_module(f"torch_fpga.passes.fx.{name}"), name)


def _modules(room: str) -> set[str]:
    return {found.name for found in pkgutil.iter_modules([f"{passes.__path__[0]}/{room}"])}


def test_every_pass_has_cases() -> None:
    assert _modules("fx") - NO_PASSES["fx"] == PASSES


@pytest.mark.parametrize("name", sorted(name for name in PASSES if name.startswith("raise_")))
def test_every_raising_pass_has_a_near_miss(name: str) -> None:
    afters = [case.after for case in CASES if case.file.stem == name]
    assert "unchanged" in afters
    assert any(after != "unchanged" for after in afters)


@pytest.mark.parametrize("room", ["fx", "mlir"])
def test_a_pass_has_one_name(room: str) -> None:
    """Its file and its function are called alike; a dump is named after the function."""
    assert NO_PASSES[room] <= _modules(room)
    for name in sorted(_modules(room) - NO_PASSES[room]):
        step = getattr(importlib.import_module(f"torch_fpga.passes.{room}.{name}"), name)
        assert step.__name__ == name
        assert step.__module__ == f"torch_fpga.passes.{room}.{name}"


def test_every_listed_pass_is_one() -> None:
    for step in (*RAISE, *DIVIDE, *MLIR_PASSES.values()):
        if step is not canonicalize:  # MLIR's own
            assert step.__module__.rpartition(".")[2] == step.__name__
