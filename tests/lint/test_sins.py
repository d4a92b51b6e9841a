"""Each rule has a kernel beside this file that breaks it, and what makes that kernel right again."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from torch_fpga.dialects import hls, mlir
from torch_fpga.errors import InternalError
from torch_fpga.lint import RULES, Finding, Limits, lint
from torch_fpga.stages import STAGES, context
from torch_fpga.targets.chip import load_chip

SINS = sorted((Path(__file__).parent / "sins").glob("*.mlir"))
# Of a U55C: three dies with 320 UltraRAMs each, of 36 KiB.
URAMS = 320


def _urams(op: Any) -> dict[str, float]:
    return {"uram": op.elements.value * 4 / (36 << 10)} if isinstance(op, hls.BufferOp) else {}


LIMITS = Limits(slr={"uram": URAMS}, budget={"uram": 3 * URAMS}, resources=_urams)


def _found(text: str) -> list[Finding]:
    with context():
        return lint(mlir.ir.Module.parse(text), load_chip("ultrascale_plus"), LIMITS)


def _wanted(text: str) -> tuple[str, str, str]:
    head = re.search(r"^// FINDS: (\w+) ([\w-]+): (.*)$", text, re.MULTILINE)
    assert head
    return head[1], head[2], head[3]


@pytest.mark.parametrize("sin", SINS, ids=lambda path: path.stem)
def test_a_sin_is_named(sin):
    text = sin.read_text()
    severity, rule, stage = _wanted(text)
    assert (severity, rule, stage) in {(each.severity, each.rule, each.stage) for each in _found(text)}


@pytest.mark.parametrize("sin", SINS, ids=lambda path: path.stem)
def test_what_was_mended_is_not_named(sin):
    text = sin.read_text()
    _, rule, stage = _wanted(text)
    mends = re.findall(r"^// MEND: (.*) => (.*)$", text, re.MULTILINE)
    assert mends
    for old, new in mends:
        assert text.count(old) == 2, f"{old} is in the text once, beside its own line"
        text = text.replace(old, new)
    assert (rule, stage) not in {(each.rule, each.stage) for each in _found(text)}


def test_every_rule_has_a_sin():
    assert {"canonical-body", *(_wanted(sin.read_text())[1] for sin in SINS)} == set(RULES)


def test_a_struct_that_is_passed_by_value_is_named(monkeypatch):
    """No stage does that, so no text of a kernel shows it."""
    plain = STAGES.task

    def task(op: Any) -> Any:
        found = plain(op)
        by_struct = isinstance(op, hls.LoadRowsOp)
        return (
            dataclasses.replace(found, arguments=lambda op: [op.src, op.out, "pattern<1>{0}"]) if by_struct else found
        )

    text = (SINS[0].parent / "phase_race.mlir").read_text()
    assert "canonical-body" not in {each.rule for each in _found(text)}
    monkeypatch.setattr(STAGES, "task", task)
    named = [each for each in _found(text) if each.rule == "canonical-body"]
    assert {each.severity for each in named} == {"error"}
    assert named[0].what == "pattern<1> is passed to load_rows by value"


def test_the_race_names_both_tasks():
    (race,) = [each for each in _found((SINS[0].parent / "phase_race.mlir").read_text()) if each.rule == "phase-race"]
    assert race.stages == ("load scratch_loaded", "store scratch_stored")


def test_a_phase_that_shares_one_of_its_pointers_waits():
    """What it reads through pointers of its own has been written by then."""
    text = (SINS[0].parent / "phase_race.mlir").read_text()
    load = next(line for line in text.splitlines() if line.startswith('    "hls.load_rows"(%scratch_loaded'))
    stream = next(line for line in text.splitlines() if line.startswith("    %b = "))
    again = [
        stream.replace("%b", "%c").replace('"b"', '"c"'),
        load.replace("%scratch_loaded, %b", "%scratch_stored, %c").replace(
            "load scratch_loaded", "load scratch_stored"
        ),
        '    "hls.fork"(%c) {label = "drain", operandSegmentSizes = array<i32: 1, 0>, vectors = 4096 : i64} :'
        " (!hls.fifo<f32, 16 : i32>) -> ()",
    ]
    rules = {each.rule for each in _found(text.replace(load, "\n".join([load, *again])))}
    assert "phase-race" not in rules
    assert "shared-memory" not in rules


def test_equal_findings_are_one():
    text = (SINS[0].parent / "phase_race.mlir").read_text()
    found = _found(text)
    assert len({(each.rule, each.severity, each.source, each.what) for each in found}) == len(found)
    assert found == _found(text)


def test_a_task_without_a_cost(monkeypatch):
    text = (SINS[0].parent / "alignment.mlir").read_text()
    with context():
        module = mlir.ir.Module.parse(text)
        phase = module.body.operations[0].body.blocks[0].operations[2]
        load = next(op for op in phase.body.blocks[0].operations if isinstance(op, hls.LoadRowsOp))
        task = STAGES.task(load)
        monkeypatch.setitem(task.__dict__, "cost", lambda op, chip: None)
        with pytest.raises(InternalError, match=r"hls\.load_rows states no cost"):
            lint(module, load_chip("ultrascale_plus"))
