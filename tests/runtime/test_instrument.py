"""Marks on pipelined loops: where they stand, and what is refused."""

from __future__ import annotations

import re

import pytest

from torch_fpga.errors import InternalError
from torch_fpga.runtime.instrument import instrument
from torch_fpga.runtime.toolchain import library_root

LOOP = """\
  sum_up:
    for (int i = 0; i < n; ++i) {
#pragma HLS pipeline II=1
      total += in.read();
    }
"""
HEADERS = sorted((library_root() / "include").rglob("*.hpp"))


def test_a_loop_is_marked_where_it_starts_and_at_each_iteration() -> None:
    marked = instrument(LOOP, "x.hpp").splitlines()
    assert marked[1] == (
        '    if (::hls_lib::emulation::log::loop entered_("sum_up"); true) '
        "for (int i = 0; i < n; ++i) { entered_.next();"
    )
    assert [marked[0], *marked[2:]] == [LOOP.splitlines()[0], *LOOP.splitlines()[2:]]


def test_a_head_of_several_lines_is_marked_at_both_ends() -> None:
    head = "    for (int i = 0; i < n;\n         ++i) {\n"
    marked = instrument(LOOP.replace("    for (int i = 0; i < n; ++i) {\n", head), "x.hpp").splitlines()
    assert marked[1].endswith("true) for (int i = 0; i < n;")
    assert marked[2] == "         ++i) { entered_.next();"


def test_other_loops_stay_as_they_are() -> None:
    text = LOOP.replace("pipeline II=1", "unroll")
    assert instrument(text, "x.hpp") == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOOP.replace("  sum_up:\n", "  int x;\n"), "x.hpp:2: a pipelined loop has no label"),
        (LOOP.replace("for (int i = 0; i < n; ++i)", "while (more)"), "belongs to no for loop"),
        (LOOP.replace("#pragma", "  int y;\n#pragma"), "x.hpp:4: #pragma HLS pipeline is not the first line"),
    ],
)
def test_a_loop_that_cannot_be_marked_is_an_error(text: str, said: str) -> None:
    with pytest.raises(InternalError, match=re.escape(said)):
        instrument(text, "x.hpp")


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.stem)
def test_every_pipelined_loop_of_hls_lib_can_be_marked(header) -> None:
    text = header.read_text()
    assert instrument(text, header.name).count("entered_.next();") == len(
        re.findall(r"^#pragma HLS pipeline", text, re.MULTILINE)
    )
