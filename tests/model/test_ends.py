"""When a task reads and writes its streams, by hand and by laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torch_fpga.model.ends import ends_of
from torch_fpga.stages.common.cost import ENTRY, Access, Cost, Loop, Repeat


def test_a_loop_reads_at_its_starts_and_writes_at_its_ends() -> None:
    ends = ends_of(Cost((Loop("l", trips=10, ii=2, depth=5, reads=("a",), writes=("b",)),)))
    assert ends.cycles == 2 * 9 + 4 + ENTRY
    assert (ends.reads["a"].first, ends.reads["a"].last, ends.reads["a"].count) == (0, 18, 10)
    assert (ends.writes["b"].first, ends.writes["b"].last) == (4, 22)
    # With four cycles to go, two more have been read.
    assert (ends.writes["b"].read_before, ends.writes["b"].held, ends.writes["b"].pace) == ({"a": 1 + 2}, 2, 2)


def test_results_that_fill_a_vector_are_written_with_its_last() -> None:
    ends = ends_of(Cost((Loop("l", trips=12, depth=3, reads=("a",), writes=("b",), packs=4),)))
    assert (ends.writes["b"].first, ends.writes["b"].last) == (3 + 2, 11 + 2)
    assert (ends.writes["b"].read_before, ends.writes["b"].held) == ({"a": 4 + 2}, 0)


def test_vectors_whose_lanes_are_taken_one_by_one_are_read_with_the_first() -> None:
    ends = ends_of(Cost((Loop("l", trips=30, reads=("a",), unpacks=16),)))
    assert (ends.reads["a"].first, ends.reads["a"].last, ends.reads["a"].count) == (0, 16, 2)


def test_what_memory_takes_is_not_in_the_pipeline() -> None:
    access = Access("src", 512, burst_bytes=640)
    ends = ends_of(Cost((Loop("l", trips=10, depth=74, memory=(access,), writes=("b",)),)))
    assert ends.writes["b"].held == 0


def test_a_loop_that_writes_later_reads_before_and_writes_behind() -> None:
    ends = ends_of(Cost((Loop("l", trips=30, depth=5, reads=("a",), writes=("b",), lag=20),)))
    assert (ends.reads["a"].first, ends.reads["a"].last, ends.reads["a"].count) == (0, 9, 10)
    assert (ends.writes["b"].first, ends.writes["b"].last) == (20 + 4, 29 + 4)
    assert ends.writes["b"].read_before == {"a": 10}


def test_what_is_written_after_a_loop_waits_for_all_of_it() -> None:
    sums = Loop("sum", trips=8, ii=4, depth=6, after=20, reads=("a",), writes_after=("b",))
    ends = ends_of(Cost((Repeat(3, (sums,)),)))
    once = 4 * 7 + 5 + ENTRY + 20
    assert sums.cycles == once
    assert ends.cycles == 3 * (once + 1)
    assert ends.writes["b"].first == once - ENTRY
    assert ends.writes["b"].last == 2 * (once + 1) + once - ENTRY
    assert ends.writes["b"].read_before == {"a": 8}
    assert (ends.reads["a"].last, ends.reads["a"].count) == (2 * (once + 1) + 28, 24)


def test_a_vector_that_several_entries_fill_is_written_with_the_last_of_them() -> None:
    sums = Loop("sum", trips=8, depth=6, reads=("a",), writes_after=("b",), packs_after=4)
    ends = ends_of(Cost((Repeat(12, (sums,)),)))
    assert ends.writes["b"].first == 3 * (sums.cycles + 1) + sums.cycles - ENTRY
    assert ends.writes["b"].read_before == {"a": 32}


def test_a_second_pass_writes_when_the_first_has_read_all() -> None:
    first, second = Loop("read", 16, reads=("a",)), Loop("write", 16, writes=("b",))
    ends = ends_of(Cost((first, second)))
    assert ends.writes["b"].first == first.cycles + 1
    assert ends.writes["b"].read_before == {"a": 16}


names = st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True).map(tuple)
loops = st.builds(
    lambda trips, lag, **rest: Loop("loop", trips + lag, lag=lag, **rest),
    trips=st.integers(0, 50),
    lag=st.integers(0, 30),
    ii=st.integers(1, 8),
    depth=st.integers(1, 80),
    after=st.integers(0, 30),
    reads=names,
    writes=names.map(lambda some: tuple(name + "_out" for name in some)),
    packs=st.integers(1, 4),
)
parts = st.recursive(
    loops, lambda inner: st.builds(Repeat, st.integers(0, 6), st.lists(inner, min_size=1, max_size=3).map(tuple))
)
costs = st.builds(Cost, st.lists(parts, min_size=1, max_size=3).map(tuple))


@given(costs)
def test_it_takes_as_long_as_its_cost_says(cost: Cost) -> None:
    assert ends_of(cost).cycles == pytest.approx(cost.cycles)


@given(costs)
def test_reads_and_writes_are_within_the_task_and_in_order(cost: Cost) -> None:
    ends = ends_of(cost)
    for read in ends.reads.values():
        assert 0 <= read.first <= read.last <= ends.cycles
    for write in ends.writes.values():
        assert 0 <= write.first <= write.last <= ends.cycles


@given(costs)
def test_every_iteration_that_reads_is_counted(cost: Cost) -> None:
    counted: dict[str, float] = {}
    for loop, entries in cost.each_loop():
        for name in loop.reads:
            counted[name] = counted.get(name, 0) + entries * (loop.trips - loop.lag)
    found = {name: read.count for name, read in ends_of(cost).reads.items()}
    assert found == {name: count for name, count in counted.items() if count > 0}


@given(costs, st.integers(1, 5))
def test_no_more_is_read_before_a_write_than_in_all(cost: Cost, times: int) -> None:
    ends = ends_of(Cost((Repeat(times, cost.loops),)))
    for write in ends.writes.values():
        for name, count in write.read_before.items():
            assert count <= ends.reads[name].count + math.ulp(count)
