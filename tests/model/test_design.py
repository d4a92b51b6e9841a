"""What the judge says of a kernel in words."""

from __future__ import annotations

import math

import pytest

from tests.model import text
from torch_fpga.model.closed_form import KernelTime, kernel_time
from torch_fpga.model.design import binds, memory_share
from torch_fpga.model.memory import Channel
from torch_fpga.targets.chip import load_chip

FREE = Channel(bytes_per_cycle=math.inf, access_cycles=0)


def copied(rows: int, cols: int, channel: Channel = FREE, stride: int | None = None) -> KernelTime:
    tasks = [text.load("x", "s", rows, cols, stride=stride), text.store("s", "y", rows, cols)]
    ports = [text.port("x"), text.port("y", role="out", bank=1)]
    with text.kernel(*ports, text.phase(text.stream("s"), *tasks)) as kernel:
        return kernel_time(kernel, load_chip("ultrascale_plus"), channel)


def test_a_channel_that_is_slower_than_the_port_binds() -> None:
    assert binds(copied(1, 160_000, Channel(bytes_per_cycle=8, access_cycles=0))) == '"load x": its memory channel'


def test_short_rows_bind_by_what_each_takes_to_fill_and_drain() -> None:
    assert binds(copied(1000, 16)) == '"load x", loop whole_vectors: 1,000 entries, 74 cycles to fill and drain each'


def test_an_interval_binds_with_its_reason() -> None:
    found = binds(copied(1, 160_000, stride=160_001))
    assert found.startswith('"load x", loop whole_vectors, II = 16: an element a cycle')


def test_a_kernel_that_is_as_fast_as_its_loops_says_so() -> None:
    assert binds(copied(1, 160_000)) == '"load x", loop whole_vectors: one iteration a cycle'


def test_a_kernel_without_phases_is_bound_by_nothing() -> None:
    time = KernelTime("k", ())
    assert "nothing" in binds(time)
    assert memory_share(time, 250, 460) == 0


def test_a_share_of_the_memory_is_bytes_in_the_time_of_the_kernel() -> None:
    time = copied(1, 160_000)
    us = time.cycles / 250
    assert memory_share(time, 250, 460) == pytest.approx(2 * 640_000 / us / 460e3)
