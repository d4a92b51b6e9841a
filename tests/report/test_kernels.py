"""What the judge says of kernels, as text, as pictures and as a trace."""

from __future__ import annotations

import json

import pytest

from tests.report.samples import search_report
from torch_fpga.report import Report
from torch_fpga.report.design import DesignReport, PhaseReport, TaskReport
from torch_fpga.report.finding import Finding
from torch_fpga.report.kernels import judged, line, resource_bars, rows
from torch_fpga.report.roofline import HEIGHT, WIDTH, roofline

LOADS = [TaskReport(f"load keys {i}", "load_rows", "search.py:31", 0, 900, 900, 4096, 16, "narrow") for i in range(4)]
BEST = TaskReport("best", "topk", "search.py:32", 100, 1000, 300, 0, 1, "", {"waits to read scores": 600})


def design() -> DesignReport:
    return DesignReport(
        known="estimated",
        cycles=1000,
        clock_mhz=250,
        bytes=16384,
        flops=32768,
        memory_gb_per_s=460,
        peak_gflops=1504,
        memory_share=16384 / 4 / 460e3,
        binds='"load keys 0", loop whole_vectors, II = 16: narrow',
        resources={"lut": 1000, "dsp": 90},
        room={"lut": 4000, "dsp": 60},
        phases=[PhaseReport("phase0", 1000, [*LOADS, BEST])],
        findings=[Finding("port", "slow", ("load keys 0",), "search.py:31", "the port is <narrow>", "why", "mend")],
    )


def report() -> Report:
    made = search_report()
    next(region for region in made.graphs[0].regions if region.device == "fpga").design = design()
    return made


def test_a_line_says_time_share_and_what_binds() -> None:
    text = line(design())
    assert text == '4.00 µs, 0.890 % of 460 GB/s, bound by "load keys 0", loop whole_vectors, II = 16: narrow'
    assert "kernel, estimated: 4.00 µs" in str(report())


def test_a_kernel_that_is_shared_is_judged_once() -> None:
    graph = report().graphs[0]
    assert [region.id for region, _ in judged(graph)] == ["fpga0"]
    graph.regions[-1].kernel_of = "fpga7"
    assert judged(graph) == []


def test_bars_are_shares_of_the_card_and_may_be_over_it() -> None:
    shares = {bar.name: bar.share for bar in resource_bars(design())}
    assert (shares["LUT"], shares["DSP"], shares["URAM"]) == (0.25, 1.5, 0.0)
    assert {bar.name: bar.share for bar in resource_bars(design(), design())}["LUT"] == 0.5


def test_tasks_of_several_channels_are_one_row_and_stalls_have_their_share() -> None:
    loads, best = rows(design().phases[0])
    assert (loads.label, loads.left, loads.width) == ("load keys × 4", 0, 90)
    assert loads.parts == [("at work", 100.0)]
    assert (best.left, best.width) == (10, 90)
    assert best.parts == [
        ("at work", pytest.approx(100 / 3)),
        ("stalled: waits to read scores", pytest.approx(200 / 3)),
    ]


def test_the_roofline_has_every_kernel_under_its_roof() -> None:
    drawn = roofline(report().graphs[0])
    assert drawn is not None
    (point,) = drawn.points
    assert (point.name, point.share) == ("fpga0", pytest.approx(100 * 32768 / 4 / (2 * 460e3)))
    for x, y in [(point.x, point.y), *((x, 20) for x, _ in drawn.x_ticks), *((70, y) for y, _ in drawn.y_ticks)]:
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
    assert roofline(search_report().graphs[0]) is None, "nothing was judged"


def test_the_page_shows_them() -> None:
    page = report().html()
    assert "What the kernels would reach on the card" in page
    assert "load keys × 4" in page
    assert "the port is &lt;narrow&gt;" in page
    assert "What the kernels would reach" not in search_report().html()


def test_a_trace_has_the_regions_one_after_the_other_and_the_tasks_inside() -> None:
    events = json.loads(report().trace())["traceEvents"]
    spans = {event["name"]: event for event in events if event["ph"] == "X"}
    assert spans["to fpga0"]["ts"] == spans["gpu0"]["ts"] + spans["gpu0"]["dur"]
    kernel, task = spans["fpga0"], spans["best"]
    assert kernel["dur"] == 4.0
    assert kernel["ts"] <= task["ts"] == kernel["ts"] + 0.4
    assert task["ts"] + task["dur"] == pytest.approx(kernel["ts"] + kernel["dur"])
    assert task["args"]["stalled: waits to read scores"] == 600
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    assert {(event["pid"], event["tid"]) for event in spans.values()} <= named


def test_a_design_is_in_the_json_and_comes_back() -> None:
    assert Report.from_json(report().to_json()) == report()
