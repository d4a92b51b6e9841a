"""``make calibrate``: its rows, and that the model keeps what they have shown; rows that lower a kernel are its own."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

import pytest

from benchmarks.calibration import evidence
from benchmarks.calibration.errors import LARGE, Figure, Summary, by_kind, figures_of
from benchmarks.calibration.functions import FUNCTIONS
from benchmarks.calibration.kernels import GOLDEN, KERNELS, TESTS, Kernel
from benchmarks.calibration.logged import run_logged
from benchmarks.calibration.rows import FOLDER, read_rows
from torch_fpga.errors import UserError

ROWS = read_rows()
FIGURES = [figure for row in ROWS if row.way != "kernel" for figure in figures_of(row)]
CHECKS = [figure for figure in FIGURES if figure.is_check]


def _of(*kinds: str) -> list[Figure]:
    return [figure for figure in CHECKS if figure.row.kind in kinds and figure.group == "time"]


def test_cycles_of_loops_nests_and_stages_are_as_reported() -> None:
    found = _of("pipelined loop", "sequential nest", "GEMV", "layer norm", "rms norm", "softmax", "interval")
    assert len(found) > 25
    assert {figure.row.id: figure.error for figure in found if abs(figure.error) > 0.05} == {}


def test_most_depths_are_those_of_the_operators() -> None:
    errors = [abs(figure.error) for figure in _of("depth")]
    assert len(errors) > 15
    assert statistics.median(errors) < 0.03


def test_a_large_error_has_a_reason() -> None:
    assert {figure.row.id for figure in CHECKS if abs(figure.error) > LARGE and not figure.row.why} == set()
    assert "not explained" not in evidence.PAGE.read_text()


def test_errors_are_summed_up_without_signs_and_without_inputs() -> None:
    (low, high), row = (-0.5, 0.25), ROWS[-1]
    figures = [Figure(row, "w", 100, 100 * (1 + error)) for error in (low, high)]
    assert Summary.of(figures) == Summary(2, 0.375, 0.375, 0.5)
    assert all(figure.is_check for figures in by_kind(FIGURES).values() for figure in figures)
    assert any(not figure.is_check for figure in FIGURES)


def test_kernels_of_rows_are_functions_there_are() -> None:
    assert {row.description["function"] for row in ROWS if row.way == "kernel"} == set(FUNCTIONS)


# Those of the figures and of a decoder take minutes: make calibrate logs them too.
LOGGED = [kernel for kernel in KERNELS if kernel.group in (GOLDEN, TESTS)]


@pytest.mark.slow
@pytest.mark.parametrize("kernel", LOGGED, ids=lambda kernel: kernel.name)
def test_the_closed_form_agrees_with_the_log_of_a_run(kernel: Kernel) -> None:
    logged = run_logged(kernel, "u55c")
    assert abs(logged.error("stp")) <= LARGE
    assert logged.designs["flp"].cycles <= logged.designs["stp"].cycles


def test_every_row_is_on_the_page() -> None:
    page = evidence.PAGE.read_text()
    assert [row.id for row in ROWS if f"| {row.id} |" not in page] == []


GOOD = '[[row]]\nid = "a"\nkind = "k"\nsource = "LF"\nwhat = "w"\nreported.us = 1\nport.bits = 32\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace('kind = "k"\n', ""), "row 'a' of host.toml lacks kind"),
        (GOOD.replace("= 1\n", "= -1\n"), "figures that are not positive: us"),
        (GOOD.replace('"LF"', '"nobody"'), "names 'nobody', which sources.toml has not"),
        (GOOD + "control = true\n", "must say in one way"),
        (GOOD.replace("port.bits = 32\n", ""), "must say in one way"),
        (GOOD + GOOD, "stand there twice"),
    ],
    ids=["field", "figure", "source", "two ways", "no way", "twice"],
)
def test_a_row_that_is_not_whole_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "rows")
    (folder / "host.toml").write_text(text)
    with pytest.raises(UserError, match=message):
        read_rows(folder)


def test_a_page_keeps_its_text_around_a_section() -> None:
    page = "before\n<!-- a: written by make calibrate -->\nold\n<!-- end of a -->\nafter\n"
    once = evidence.filled(page, {"a": ["new"]})
    assert once == "before\n<!-- a: written by make calibrate -->\n\nnew\n\n<!-- end of a -->\nafter\n"
    assert evidence.filled(once, {"a": ["new"]}) == once
    with pytest.raises(UserError, match="has no section 'b'"):
        evidence.filled(page, {"b": []})
