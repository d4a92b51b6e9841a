"""The closed form against kernels worked out by hand, and its laws.

Numbers used below: a read from memory takes 74 cycles and a write 72; a loop takes ``ii (n - 1) + depth - 1`` and two
cycles, a row one more.
"""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import text
from torch_fpga.errors import InternalError
from torch_fpga.model.closed_form import PHASE, KernelTime, TaskTime, kernel_time
from torch_fpga.model.memory import Channel
from torch_fpga.stages import STAGES
from torch_fpga.stages.common.registry import Registry
from torch_fpga.targets.chip import load_chip
from torch_fpga.targets.fpga import load_target

CHIP = load_chip("ultrascale_plus")
FREE = Channel(bytes_per_cycle=math.inf, access_cycles=0)


def timed(*lines: str, channel: Channel = FREE) -> KernelTime:
    with text.kernel(*lines) as kernel:
        return kernel_time(kernel, CHIP, channel)


def copied(rows: int, cols: int) -> list[str]:
    """A kernel that loads rows and stores them."""
    ports = [text.port("x"), text.port("y", role="out", bank=1)]
    tasks = [text.load("x", "s", rows, cols), text.store("s", "y", rows, cols)]
    return [*ports, text.phase(text.stream("s"), *tasks)]


def tasks(time: KernelTime) -> dict[str, TaskTime]:
    return {task.label: task for phase in time.phases for task in phase.tasks}


def test_a_copy_of_one_row() -> None:
    time = timed(*copied(1, 26 * 16))
    load, store = tasks(time)["load x"], tasks(time)["store s"]
    assert (load.start, load.end) == (0, 26 + 75)  # 25 + 73 + 2, and one for the row
    # The first vector comes after 73 cycles, and no vector waits for another.
    assert (store.start, store.end) == (73, 73 + 26 + 73)
    assert time.cycles == 73 + 99 + PHASE


def test_a_store_ends_behind_the_last_vector_of_a_slow_producer() -> None:
    rows = 10
    time = timed(
        text.port("x"),
        text.port("y", role="out", bank=1),
        text.phase(
            *(text.stream(name) for name in ("a", "b")),
            text.load("x", "a", rows, 160),
            text.cumsum("a", "b", rows, 160),
            text.store("b", "y", rows, 160),
        ),
    )
    cumsum, store = tasks(time)["cumsum"], tasks(time)["store b"]
    assert store.start < cumsum.end < store.end
    # Behind the last vector of the last row are that store's own 71 cycles, and what ends a loop and a row.
    assert store.end - cumsum.end == pytest.approx(71, abs=4)


def test_phases_follow_each_other() -> None:
    lines = copied(1, 160)
    both = [*lines[:2], lines[2], lines[2].replace("phase0", "phase1")]
    assert timed(*both).cycles == 2 * timed(*lines).cycles


def test_tasks_of_one_phase_run_at_once() -> None:
    ports = [text.port(name) for name in ("x", "p")] + [text.port(name, role="out") for name in ("y", "q")]
    one = [text.stream("s"), text.load("x", "s", 4, 1600), text.store("s", "y", 4, 1600)]
    other = [text.stream("t"), text.load("p", "t", 4, 1600), text.store("t", "q", 4, 1600)]
    assert timed(*ports, text.phase(*one, *other)).cycles == timed(*copied(4, 1600)).cycles


def test_a_channel_that_gives_half_a_vector_a_cycle_takes_twice_as_long() -> None:
    vectors = 100_000
    slow = timed(*copied(1, 16 * vectors), channel=Channel(bytes_per_cycle=32, access_cycles=0))
    assert slow.phases[0].channel == 2 * vectors
    assert slow.cycles == pytest.approx(2 * vectors, rel=0.01)
    assert slow.binding.memory == 2 * vectors


def test_ports_on_one_channel_share_it() -> None:
    channel = Channel(bytes_per_cycle=64, access_cycles=0)
    apart = timed(*copied(1, 160_000), channel=channel)
    shared = timed(*(line.replace("bank = 1", "bank = 0") for line in copied(1, 160_000)), channel=channel)
    assert shared.phases[0].channel == 2 * apart.phases[0].channel
    assert shared.cycles > 1.9 * apart.cycles


def test_rows_that_do_not_start_at_vectors_move_an_element_a_cycle() -> None:
    ports = [text.port("x"), text.port("y", role="out", bank=1)]
    inner = [text.load("x", "s", 1, 1600, stride=1601), text.store("s", "y", 1, 1600)]
    odd = timed(*ports, text.phase(text.stream("s"), *inner))
    assert tasks(odd)["load x"].alone == pytest.approx(16 * tasks(timed(*copied(1, 1600)))["load x"].alone, rel=0.7)
    (loop, _), *_ = tasks(odd)["load x"].cost.each_loop()
    assert loop.ii == 16
    assert "aligned" in loop.why


sizes = st.tuples(st.integers(1, 40), st.integers(1, 400))
u55c = Channel.of(load_target("u55c"))


def pipeline(rows: int, cols: int) -> list[str]:
    vectors = rows * -(-cols // 16)
    return [
        text.port("x"),
        text.port("y", role="out", bank=1),
        text.phase(
            *(text.stream(name) for name in ("a", "b", "c")),
            text.load("x", "a", rows, cols),
            text.softmax("a", "b", rows, cols),
            text.add_map("b", "c", vectors),
            text.store("c", "y", rows, cols),
        ),
    ]


@settings(max_examples=20, deadline=None)
@given(sizes)
def test_a_kernel_is_no_faster_than_its_slowest_task_nor_than_its_memory(size: tuple[int, int]) -> None:
    time = timed(*pipeline(*size), channel=u55c)
    assert time.cycles >= max(task.busy for task in tasks(time).values())
    assert time.cycles >= max(phase.channel for phase in time.phases)


@settings(max_examples=20, deadline=None)
@given(sizes)
def test_tasks_take_at_least_their_own_cycles_and_start_no_earlier_than_their_inputs(size: tuple[int, int]) -> None:
    found = tasks(timed(*pipeline(*size), channel=u55c))
    for task in found.values():
        assert task.end - task.start >= task.busy - 1e-6
    starts = [found[name].start for name in ("load x", "softmax", "map", "store c")]
    assert starts == sorted(starts)


@settings(max_examples=20, deadline=None)
@given(sizes, st.integers(1, 20))
def test_more_rows_never_take_less(size: tuple[int, int], more: int) -> None:
    rows, cols = size
    assert timed(*pipeline(rows + more, cols)).cycles >= timed(*pipeline(rows, cols)).cycles


@settings(max_examples=20, deadline=None)
@given(sizes)
def test_bytes_are_those_of_the_tensors(size: tuple[int, int]) -> None:
    rows, cols = size
    assert timed(*pipeline(rows, cols)).bytes == 2 * 4 * rows * cols


def test_a_task_that_no_stage_has_is_an_error_that_names_it(monkeypatch) -> None:
    less = Registry([stage for stage in STAGES if stage.name != "mem.softmax"])
    monkeypatch.setattr("torch_fpga.model.costs.STAGES", less)
    with pytest.raises(InternalError, match=r"no stage says what hls\.softmax costs"):
        timed(*pipeline(4, 64))


def test_an_operator_without_a_row_is_an_error_that_names_the_task_and_the_line() -> None:
    lines = pipeline(4, 64)
    chip = dataclasses.replace(CHIP, operators={n: o for n, o in CHIP.operators.items() if n != "fexp"})
    with text.kernel(*_with_line(lines)) as kernel, pytest.raises(InternalError) as error:
        kernel_time(kernel, chip, FREE)
    assert "operators.toml has no fexp" in str(error.value)
    assert '"softmax" (softmax)' in str(error.value)
    assert str(error.value).startswith("model.py:12")


def test_a_scalar_function_without_a_row_is_an_error() -> None:
    lines = [line.replace('fn = "add"', 'fn = "gamma"') for line in pipeline(4, 64)]
    with pytest.raises(InternalError, match="gamma of float32 has no cost"):
        timed(*lines)


def _with_line(lines: list[str]) -> list[str]:
    """The softmax as if from line 12 of the user's file."""
    return [
        "\n".join(
            part + ' loc("model.py":12:3)' if part.startswith('"hls.softmax"') else part for part in line.split("\n")
        )
        for line in lines
    ]
