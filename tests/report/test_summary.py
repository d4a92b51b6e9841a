from __future__ import annotations

import math

import pytest

from tests.report.samples import search_report
from torch_fpga.report import GraphReport, RegionReport, units
from torch_fpga.report.data import CostReport
from torch_fpga.report.summary import by_reason, totals, verdict


def _graph(fpga_us: float, fpga_uj: float) -> GraphReport:
    gpu = RegionReport(id="gpu0", device="gpu", stage=0, gpu_us=100.0, gpu_uj=1000.0, link_in_us=7.0)
    fpga = RegionReport(
        id="fpga0", device="fpga", stage=1, gpu_us=50.0, gpu_uj=500.0, fpga_us=fpga_us, fpga_uj=fpga_uj,
        link_in_us=2.0, link_out_us=3.0, slower_than_gpu=fpga_us + 5.0 > 50.0,
    )  # fmt: skip
    return GraphReport("g", regions=[gpu, fpga])


def test_totals_pay_the_link_once_and_on_the_fpga_side() -> None:
    cost = totals(_graph(20.0, 100.0))
    assert (cost.all_gpu_us, cost.all_gpu_uj) == (150.0, 1500.0)
    assert (cost.gpu_us, cost.fpga_us, cost.link_us, cost.split_us) == (100.0, 20.0, 5.0, 125.0)
    assert cost.split_uj == 1100.0


def test_faster() -> None:
    time, energy = verdict(_graph(20.0, 100.0), "memory_bound")
    assert "17% less time with a card: 125 µs instead of 150 µs" in time
    assert "27% less energy" in energy


@pytest.mark.parametrize(("fpga_uj", "use"), [(100.0, "less energy, not for speed"), (900.0, "the GPU time it frees")])
def test_slower_is_said_with_the_reason(fpga_uj: float, use: str) -> None:
    time, energy, why = verdict(_graph(200.0, fpga_uj), "memory_bound")
    assert "a call is 2.0 × slower with a card: 305 µs instead of 150 µs" in time
    assert ("less" if fpga_uj < 500 else "more") in energy
    assert use in why


def test_nothing_on_the_fpga() -> None:
    (nothing,) = verdict(GraphReport("g"), "gpu")
    assert "change nothing" in nothing


def test_nothing_on_the_fpga_and_what_a_call_takes() -> None:
    graph = GraphReport("g", cost=CostReport(150.0, 1500.0, 10.0, 90.0, 140.0, 0.0, 0.0, 1400.0))
    _, call = verdict(graph, "memory_bound")
    assert "150 µs and 1.50 mJ on the GPU as stock PyTorch launches it, 10.0 µs and 90.0 µJ at its best" in call
    assert "as placed 140 µs and 1.40 mJ" in call


def test_reasons_not_on_the_fpga_come_first_and_the_largest_first() -> None:
    groups = by_reason(search_report().graphs[0])
    assert [(group.device, group.code, len(group.nodes)) for group in groups] == [
        ("gpu", "compute-bound", 2),
        ("gpu", "link-cost", 1),
        ("gpu", "unsupported-op", 1),
        ("fpga", "memory-bound", 4),
        ("fpga", "view", 1),
        ("fpga", "with-neighbours", 1),
    ]
    assert groups[0].ops() == "aten.linear.default x2"


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (units.number(0.0), "0"),
        (units.number(0.498), "0.498"),
        (units.number(47.2), "47.2"),
        (units.number(5600.4), "5600"),
        (units.number(2.4e-7), "2.40e-07"),
        (units.number(math.inf), "∞"),
        (units.size(0), "0 B"),
        (units.size(1536), "1.54 kB"),
        (units.size(15_360_000), "15.4 MB"),
        (units.count(999), "999"),
        (units.count(7_696_184), "7.70 M"),
        (units.time(471.4), "471 µs"),
        (units.time(5_600_000.0), "5.60 s"),
        (units.energy(65_520.0), "65.5 mJ"),
        (units.shorten("scores   @\n query", 40), "scores @ query"),
        (units.shorten("abcdef", 4), "abc…"),
        (units.shorten("検索検索", 5), "検索…"),
    ],
)
def test_units(got: str, want: str) -> None:
    assert got == want
