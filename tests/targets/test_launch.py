"""The two ways of a launch: what each takes, which the option leaves to a card, and what of it is in the prices."""

from __future__ import annotations

import dataclasses

import pytest
import torch

import torch_fpga
from torch_fpga.errors import UserError
from torch_fpga.targets.fpga import load_target
from torch_fpga.targets.launch import launching, load_commands, started

U55C = load_target("u55c")


def test_a_command_is_reads_and_a_write_over_pcie():
    commands = load_commands()
    assert commands.us == pytest.approx(2.5 * 1.7 + 0.76)
    assert 3 < commands.us < 6


@pytest.mark.parametrize(
    ("wanted", "target", "way", "why"),
    [
        ("auto", "u55c", "persistent", "a launch by XRT takes 75 us"),
        ("persistent", "u280", "persistent", "asked for"),
        ("xrt", "u55c", "xrt", "asked for"),
        ("auto", "v80", "xrt", "do not reach the host's memory"),
    ],
)
def test_the_option_and_the_card_decide(wanted, target, way, why):
    card = load_target(target)
    by = launching(wanted, target, card)
    assert (by.way, by.us) == (way, load_commands().us if way == "persistent" else card.launch_us)
    assert why in by.why
    assert started(card, by).launch_us == by.us


def test_a_card_whose_launch_is_faster_is_launched():
    by = launching("auto", "u55c", dataclasses.replace(U55C, launch_us=2.0))
    assert (by.way, by.us, by.why) == ("xrt", 2.0, "a command to a running kernel takes 5.01 us")


def test_a_card_that_does_not_reach_the_hosts_memory_is_refused():
    with pytest.raises(UserError, match=r"launch='persistent'.*V80") as error:
        launching("persistent", "v80", load_target("v80"))
    assert "u55c" in error.value.hint


@pytest.mark.parametrize("launch", ["xrt", "auto"])
def test_the_report_says_which_and_why_and_counts_it(launch):
    rows = torch.randn(4096, 64)
    torch._dynamo.reset()
    report = torch_fpga.explain(lambda x: (rows @ x).topk(4), torch.randn(64), placement="fpga", launch=launch)
    (region,) = report.graphs[0].on("fpga")
    assert region.launch_us == (75.0 if launch == "xrt" else load_commands().us)
    assert region.fpga_us - region.design.microseconds == pytest.approx(region.launch_us)
    said = {"xrt": "launched through XRT, 75.0 µs", "auto": "started once and never ended, 5.01 µs"}
    assert said[launch] in str(report)
