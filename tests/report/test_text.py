from __future__ import annotations

import pytest

from tests.report.samples import long_report, search_report
from torch_fpga.report import GraphReport, NodeReport, Report


@pytest.mark.parametrize("report", [search_report(), long_report()])
def test_every_region_reason_and_fallback_is_there(report: Report) -> None:
    text = str(report)
    for graph in report.graphs:
        for region in graph.regions:
            assert region.id in text
            assert region.why in text
        for node in graph.nodes:
            assert node.reason_code in text
        for fallback in graph.fallbacks:
            assert fallback.error in text
        for note in graph.notes:
            assert note in text


@pytest.mark.parametrize("report", [search_report(), long_report()])
def test_it_fits_a_terminal(report: Report) -> None:
    assert max(len(line) for line in report.text().splitlines()) <= 120


def test_it_shows_the_users_line_the_gap_and_the_kernel() -> None:
    text = str(search_report())
    assert "e.g. linear: minilm.py:41: linear() (16.0 FLOP/B)" in text
    assert "measured over 60 outputs: 2.40e-07 absolute, 1.10e-06 relative" in text
    assert "kernels/graph0_fpga0.cpp (built in 3.21 s)" in text


def test_it_says_how_a_region_is_launched_and_why() -> None:
    said = "its kernel started once and never ended, 5.01 µs a step (a launch by XRT takes 75 us);"
    text = " ".join(str(search_report()).split())
    assert f"launch: commanded, {said} here called in this process" in text
    assert text.count("launch: ") == 1
    assert said in search_report().html()


def test_it_says_which_steps_of_memory_processing_a_region_has() -> None:
    text, page = str(search_report()), search_report().html()
    assert text.count("memory: ") == 1
    assert "memory: relevancy, retrieve, apply" in text
    assert "<small>aten.topk.default, retrieve</small>" in page  # the table of nodes
    assert page.count("memory: relevancy") == 2  # the drawing and the region's card


def test_it_says_when_the_fpga_is_slower() -> None:
    text = str(search_report())
    assert "slower on the FPGA" in text
    assert "more time with a card" in text


def test_a_planned_graph_has_no_measured_numbers() -> None:
    text = str(long_report())
    assert "(planned)" in text
    assert "measured" not in text


def test_a_hostile_name_moves_no_cursor() -> None:
    node = NodeReport("a\x1b[2J\nb", "op", "gpu", "gpu0", "unsupported-op", "no row in the op table")
    text = str(Report("0", "2", graphs=[GraphReport("g\r\n\x1b[0m", [node])]))
    assert "\x1b" not in text
    assert "\r" not in text


def test_a_report_of_nothing() -> None:
    assert "no graph was compiled" in str(Report("0", "2"))
