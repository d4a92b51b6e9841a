from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest

from tests.report.samples import long_report, search_report
from torch_fpga.report import GapReport, GraphReport, RegionReport, Report


@pytest.mark.parametrize("report", [search_report(), long_report(), Report("0", "2")])
def test_json_round_trip(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report


def test_json_to_a_file(tmp_path: Path) -> None:
    text = search_report().to_json(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == text


def test_json_is_strict_and_keeps_what_json_cannot_say() -> None:
    region = RegionReport(id="fpga0", device="fpga", stage=1, intensity=math.inf, gap=GapReport(math.nan, -math.inf, 1))
    text = Report("0", "2", graphs=[GraphReport("g", regions=[region])]).to_json()

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    json.loads(text, parse_constant=refuse)
    back = Report.from_json(text).graphs[0].regions[0]
    assert back.intensity == math.inf
    assert back.gap is not None
    assert math.isnan(back.gap.max_abs)
    assert back.gap.max_rel == -math.inf


def test_json_says_how_every_number_is_known() -> None:
    report = search_report()
    legend = json.loads(report.to_json())["legend"]
    graph, gap = report.graphs[0], GapReport(0.0, 0.0, 1)
    for part in (graph.regions[1], graph.nodes[0], graph.edges[0], graph.steps[0], gap):
        for field in dataclasses.fields(part):
            value = getattr(part, field.name)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and field.name != "stage":
                known = legend[f"{type(part).__name__}.{field.name}"].rsplit(", ", 1)[1]
                assert known in ("exact", "estimated", "emulated", "measured")


def test_an_option_that_json_does_not_know_becomes_text() -> None:
    back = Report.from_json(Report("0", "2", options={"cache_dir": Path("here")}).to_json())
    assert back.options == {"cache_dir": "here"}
