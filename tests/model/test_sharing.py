"""How much longer loads take that share a memory channel."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import text
from torch_fpga.dialects import hls
from torch_fpga.model.costs import costs_of
from torch_fpga.model.memory import Channel
from torch_fpga.model.sharing import Traffic, traffic_of
from torch_fpga.targets.chip import load_chip

CHIP = load_chip("ultrascale_plus")
CHANNEL = Channel(bytes_per_cycle=64, access_cycles=0)  # a vector of 16 floats a cycle


def traffic(*loads: tuple[int, int, int], stored: bool = False) -> list[Traffic]:
    """Of loads, each so many rows, vectors a row, and the number of its channel; a store behind the first if asked."""
    tasks = [text.load(f"x{i}", f"s{i}", rows, 16 * vectors) for i, (rows, vectors, _) in enumerate(loads)]
    ports = [text.port(f"x{i}", bank=bank) for i, (*_, bank) in enumerate(loads)]
    if stored:
        rows, vectors, bank = loads[0]
        tasks.append(text.store("s0", "y", rows, 16 * vectors))
        ports.append(text.port("y", role="out", bank=bank))
    streams = [text.stream(f"s{i}") for i in range(len(loads))]
    with text.kernel(*ports, text.phase(*streams, *tasks)) as kernel:
        (phase,) = (op for op in kernel.body.blocks[0].operations if isinstance(op, hls.PhaseOp))
        return traffic_of([(op, cost) for op, _, cost in costs_of(phase, CHIP)], CHANNEL)


def test_loads_of_their_own_channels_do_not_wait():
    assert [each.waits for each in traffic((1, 100, 0), (1, 100, 1))] == [0, 0]


def test_as_many_loads_as_share_a_channel_take_as_many_times_as_long():
    assert [each.waits for each in traffic(*[(1, 1000, 0)] * 3)] == pytest.approx([2000] * 3, rel=0.01)


def test_loads_wait_for_each_other_until_the_shorter_is_done():
    assert [each.waits for each in traffic((1, 100, 0), (1, 10_000, 0))] == pytest.approx([100, 100], rel=0.1)


def test_loads_that_leave_the_channel_idle_do_not_wait():
    """A row of a vector takes a vector's cycle of the channel, and 75 more."""
    assert [each.waits for each in traffic(*[(100, 1, 0)] * 4)] == [0] * 4


def test_a_load_that_asks_for_little_waits_as_long_in_proportion():
    """It asks for a hundredth of what the channel gives, beside one that asks for all of it."""
    seldom, much = traffic((100, 1, 0), (1, 20_000, 0))
    assert 0 < seldom.waits < 2 * 100
    assert much.waits == pytest.approx(seldom.waits)


def test_a_store_does_not_start_with_the_loads():
    load, store = traffic((1, 1000, 0), stored=True)
    assert load.waits == store.waits == 0
    assert load.banks == store.banks == {0: 1000}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 500), st.integers(0, 1)), min_size=1, max_size=4))
def test_no_load_waits_longer_than_the_others_take(loads: list[tuple[int, int, int]]):
    found = traffic(*loads)
    for i, load in enumerate(found):
        (bank,) = load.banks
        others = sum(each.banks.get(bank, 0) for j, each in enumerate(found) if j != i)
        assert 0 <= load.waits <= others + 1e-6
