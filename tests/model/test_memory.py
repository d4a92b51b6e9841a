"""What a memory channel takes for the accesses of a task."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torch_fpga.model.memory import RANDOM_ACCESS_NS, Channel
from torch_fpga.stages.common.cost import Access, Cost, Loop, Repeat
from torch_fpga.targets.fpga import load_target

CHANNEL = Channel(bytes_per_cycle=32, access_cycles=4)


def moved(access: Access, trips: int, entries: int = 1) -> Cost:
    return Cost((Repeat(entries, (Loop("l", trips, memory=(access,)),)),))


def test_a_long_burst_takes_its_bytes() -> None:
    cost = moved(Access("x", bits=512, burst_bytes=64 * 1000), trips=1000)
    assert CHANNEL.cycles(cost, "x") == (2000, 64_000)


def test_short_bursts_take_an_access_each() -> None:
    cost = moved(Access("x", bits=512, burst_bytes=64), trips=1, entries=1000)
    assert CHANNEL.cycles(cost, "x") == (4000, 64_000)


def test_single_elements_take_an_access_each() -> None:
    cost = moved(Access("x", bits=32), trips=16, entries=10)
    assert CHANNEL.cycles(cost, "x") == (640, 640)


def test_single_elements_that_follow_each_other_take_an_access_a_run():
    cost = moved(Access("x", bits=32, run_bytes=64), trips=16, entries=10)
    assert CHANNEL.cycles(cost, "x") == (40, 640)


def test_rows_of_several_users_are_opened_in_turns():
    """Of four vectors of two cycles each: half of the accesses wait for the other two cycles of opening a row."""
    cost = moved(Access("x", bits=512, burst_bytes=256, at_once=64), trips=400)
    assert CHANNEL.cycles(cost, "x") == (800, 25_600)
    assert CHANNEL.cycles(cost, "x", users=2) == (800 + 100 * 2 / 2, 25_600)


def test_a_burst_hides_that_a_row_is_opened():
    cost = moved(Access("x", bits=512, burst_bytes=1024), trips=16, entries=10)
    assert CHANNEL.cycles(cost, "x", users=2) == CHANNEL.cycles(cost, "x")


def test_an_access_of_several_elements_an_iteration_moves_them_all() -> None:
    cost = moved(Access("x", bits=32, count=16, burst_bytes=6400), trips=100)
    assert CHANNEL.cycles(cost, "x") == (200, 6400)


def test_another_port_takes_nothing() -> None:
    assert CHANNEL.cycles(moved(Access("x", 512), 10), "y") == (0, 0)


def test_a_card_gives_what_amd_measured_at_random_addresses() -> None:
    target = load_target("u55c")
    channel = Channel.of(target)
    assert channel.access_cycles == pytest.approx(RANDOM_ACCESS_NS * target.clock_mhz / 1e3)
    cycles, size = channel.cycles(moved(Access("x", 512, burst_bytes=64), 1, 1000), "x")
    assert size / cycles * target.clock_mhz / 1e3 == pytest.approx(4.75, rel=0.01)


@given(st.integers(1, 1000), st.integers(1, 100), st.integers(1, 64))
def test_no_access_is_faster_than_the_channel(trips: int, entries: int, lanes: int) -> None:
    access = Access("x", bits=8 * lanes, burst_bytes=lanes * trips)
    cycles, size = CHANNEL.cycles(moved(access, trips, entries), "x")
    assert cycles >= size / CHANNEL.bytes_per_cycle
    assert cycles >= entries * CHANNEL.access_cycles - math.ulp(cycles)


@pytest.mark.parametrize(
    ("access", "cycles"),
    [
        (Access("x", bits=512, burst_bytes=6400), 2),  # 64 bytes at 32 a cycle
        (Access("x", bits=32, count=16, burst_bytes=6400), 3),  # the loop is slower
        (Access("x", bits=32), 4),  # an address of its own
        (Access("x", bits=32, run_bytes=400), 1),  # one address for all
        (Access("x", bits=256, burst_bytes=64, at_once=64), 2),  # one for every second
        (Access("x", bits=512, on_chip=True), 3),
    ],
)
def test_a_loop_is_no_faster_than_the_channel(access: Access, cycles: float) -> None:
    assert CHANNEL.interval(Loop("l", 100, ii=3 if cycles == 3 else 1, memory=(access,))) == cycles
