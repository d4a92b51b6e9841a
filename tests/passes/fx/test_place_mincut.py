"""The minimum cut against trying every choice, and the orders made of a choice."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torch_fpga.passes.fx.mincut import LinkTensor, minimum_cut
from torch_fpga.passes.fx.stages import regions_of, stages_of

money = st.integers(0, 40).map(lambda n: n / 8)


@st.composite
def problems(draw):
    count = draw(st.integers(1, 12))
    costs = [(draw(money), draw(st.one_of(money, st.just(math.inf)))) for _ in range(count)]
    tensors = []
    for _ in range(draw(st.integers(0, 14))):
        producer = draw(st.one_of(st.none(), st.integers(0, count - 1)))
        first = 0 if producer is None else producer + 1
        readers = draw(st.sets(st.integers(first, count - 1), max_size=4)) if first < count else set()
        output = producer is not None and draw(st.booleans())
        tensors.append(LinkTensor(producer, tuple(sorted(readers)), output, 1, draw(money), draw(money)))
    return costs, tensors


def price(costs, tensors, fpga):
    """The rule in words: each tensor pays once if anyone needs it on the device where it is not made."""
    total = sum(cost[side] for cost, side in zip(costs, fpga, strict=True))
    for t in tensors:
        made = t.producer is not None and fpga[t.producer]
        needed = {bool(fpga[r]) for r in t.readers} | ({False} if t.output else set())
        if (not made) in needed:
            total += t.to_gpu if made else t.to_fpga
    return total


@given(problems())
def test_no_choice_costs_less(problem):
    costs, tensors = problem
    cost, on_fpga = minimum_cut(costs, tensors)
    assert cost == pytest.approx(price(costs, tensors, on_fpga))
    assert cost == pytest.approx(min(price(costs, tensors, c) for c in itertools.product((0, 1), repeat=len(costs))))


def test_a_tensor_pays_once_for_all_its_readers():
    # Three readers, each worth 2: together they are worth the 5 the tensor costs, alone none is.
    costs = [(0.0, math.inf), *[(2.0, 0.0)] * 3]
    cost, on_fpga = minimum_cut(costs, [LinkTensor(0, (1, 2, 3), False, 1, 5.0, 5.0)])
    assert (cost, on_fpga) == (5.0, [False, True, True, True])


def test_a_tie_stays_on_the_gpu():
    assert minimum_cut([(2.0, 0.0)], [LinkTensor(None, (0,), False, 1, 2.0, 0.0)])[1] == [False]


def test_a_detour_over_the_gpu_makes_two_stages():
    edges = [(0, 1), (1, 2), (0, 2)]
    fpga = [True, False, True]
    assert stages_of(edges, fpga) == [1, 2, 3]
    assert regions_of(edges, fpga, [1, 2, 3]) == [[0], [1], [2]]


def test_fpga_work_waits_for_the_region_that_needs_it():
    # 2 could run in stage 1, but only 3 reads it, which waits for the GPU in stage 2.
    assert stages_of([(0, 1), (1, 3), (2, 3)], [True, False, True, True]) == [1, 2, 3, 3]


def test_unconnected_fpga_work_of_one_stage_is_two_regions_and_gpu_work_one():
    assert regions_of([], [True, True, False, False], [1, 1, 0, 0]) == [[2, 3], [0], [1]]
