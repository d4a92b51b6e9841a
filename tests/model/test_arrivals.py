"""When a task ends whose inputs come more slowly than it reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torch_fpga.model.arrivals import Arrivals, end_of
from torch_fpga.stages.common.cost import Cost, Loop, Repeat

KEEP = Loop("keep", trips=100, reads=("vector",))
DOT = Loop("dot", trips=1000, reads=("matrix",))
AT_ONCE = Arrivals(first=0, interval=0, depth=2)


def own(loop: Loop) -> float:
    return loop.ii


def test_a_task_whose_inputs_are_there_takes_its_own_cycles() -> None:
    cost = Cost((KEEP, DOT))
    assert end_of(cost, 50, {"vector": AT_ONCE, "matrix": AT_ONCE}, own) == 50 + cost.cycles


def test_a_slow_vector_keeps_the_matrix_behind_it_waiting() -> None:
    """The matrix comes as fast as it is read; of what came while the vector did, only the FIFO's depth is kept."""
    vector, matrix = Arrivals(10, 50, 2), Arrivals(0, 2, 64)
    end = end_of(Cost((KEEP, DOT)), 10, {"vector": vector, "matrix": matrix}, own)
    assert end == 10 + 50 * 99 + 2 * (1000 - 64)


def test_inputs_that_are_read_in_turns_are_waited_for_in_each_turn() -> None:
    inputs = {"vector": Arrivals(0, 5, 2), "matrix": Arrivals(0, 3, 10)}
    turns = 8
    end = end_of(Cost((Repeat(turns, (KEEP, Repeat(10, (DOT,)))),)), 0, inputs, own)
    assert end == turns * (5 * (100 - 2) + 1 + 3 * (10_000 - 10) + 1)


def test_lanes_that_are_taken_one_by_one_make_vectors_few() -> None:
    take = Loop("take", trips=160, reads=("scores",), unpacks=16)
    assert end_of(Cost((take,)), 0, {"scores": Arrivals(7, 30, 1)}, own) == pytest.approx(7 + 30 * 9)


@given(st.integers(2, 50), st.floats(0, 20), st.integers(1, 100))
def test_no_task_ends_before_it_could_nor_before_its_inputs(turns: int, interval: float, depth: int) -> None:
    cost = Cost((Repeat(turns, (KEEP, DOT)),))
    inputs = {"vector": AT_ONCE, "matrix": Arrivals(3, interval, depth)}
    end = end_of(cost, 5, inputs, own)
    assert end >= 5 + cost.cycles - 1e-9
    assert end >= 3 + interval * (1000 * turns - 1) - 1e-6
    deeper = {**inputs, "matrix": Arrivals(3, interval, depth + 1)}
    assert end_of(cost, 5, deeper, own) <= end
