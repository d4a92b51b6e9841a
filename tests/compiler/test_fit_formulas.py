"""Formulas are found from samples, and hold for sizes that are none of these."""

from __future__ import annotations

import sympy
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._sympy.functions import Max

from torch_fpga.compiler.fit_formulas import (
    DIVISORS,
    added,
    fitted,
    largest_for,
    polynomial,
    samples,
    shows,
    told_apart,
)
from torch_fpga.runtime.extents import Formula, Part

_WIDTHS = st.sampled_from([divisor for divisor in DIVISORS if divisor <= 64])
_BOUNDS = st.integers(250, 100_000)


def _agree(found: Formula, true: Formula, bounds: list[int]) -> None:
    spread = [(1, 2, 15, 16, 17, 64, 96, bound // 2, bound // 16 * 16, bound) for bound in bounds]
    for sizes in zip(*spread, strict=True):
        assert found.at(sizes) == true.at(sizes), sizes


@given(_BOUNDS, st.integers(1, 300), st.integers(0, 40), st.integers(1, 9), _WIDTHS)
def test_of_one_size(bound, factor, constant, more, width):
    trials = samples([largest_for(bound)])
    for true in (
        Formula(((factor, (Part(0),)), (constant, ()))),
        Formula(((factor, (Part(0, width),)), (constant, ()))),
        Formula(((factor, (Part(0),)), (more, (Part(0, width),)))),
        Formula(((factor, (Part(0), Part(0, width))),)),
        Formula(((factor, (Part(0), Part(0))), (constant, ()))),
    ):
        (found,) = fitted(trials, [true.at(sizes) for sizes in trials])
        _agree(found, true, [bound])


@given(st.lists(_BOUNDS, min_size=2, max_size=2), st.integers(1, 30), st.integers(0, 9), _WIDTHS)
def test_of_two_sizes(bounds, factor, more, width):
    trials = samples([largest_for(bound) for bound in bounds])
    for true in (
        Formula(((factor, (Part(0), Part(1))), (more, (Part(0),)))),
        Formula(((factor, (Part(0), Part(1, width))),)),
        Formula(((factor, (Part(1, width),)), (more, ()))),
    ):
        (found,) = fitted(trials, [true.at(sizes) for sizes in trials])
        _agree(found, true, bounds)


def test_what_no_formula_gives():
    trials = samples([1021])
    assert fitted(trials, [size * size * size for (size,) in trials]) == []
    assert fitted(trials, [size // 3 for (size,) in trials]) == []


def test_of_four_sizes_that_no_formula_gives_it_is_soon_known():
    """All divisors of each size with all of the others would take hours."""
    trials = samples([125] * 4)
    assert fitted(trials, [a * b * b + c * d for a, b, c, d in trials], (0, 1)) == []


def test_of_three_sizes():
    trials = samples([125, 253, 1021])
    true = Formula(((2, (Part(0), Part(1, 16), Part(2, 8))), (3, (Part(0), Part(2, 8))), (5, ())))
    assert fitted(trials, [true.at(sizes) for sizes in trials]) == [true]


def test_a_size_and_the_next_are_told_apart():
    trials = samples([1021])
    true = Formula(((1, (Part(0, 16, 1),)),))
    both = fitted(trials, [true.at(sizes) for sizes in trials], (0, 1))
    assert len(both) == 2, "no sample is a multiple of sixteen"
    more = [*trials, told_apart(both, trials[0])]
    assert fitted(more, [true.at(sizes) for sizes in more], (0, 1)) == [true]


def test_samples_are_near_the_largest():
    assert (largest_for(61), largest_for(62), largest_for(61, 1)) == (61, 125, 125)
    assert shows(16, 61)
    assert not shows(32, 61)
    for bound in (1, 61, 62, 250, 4093, 4094):
        largest = largest_for(bound)
        assert largest >= max(bound, 61)
        assert largest % 2
        assert all(largest // 2 < size <= largest for (size,) in samples([largest]))
        assert all(size % 4 for (size,) in samples([largest]))


def test_sizes_that_are_no_polynomials():
    s, t = sympy.symbols("s t", positive=True, integer=True)
    assert polynomial(2 * s * t + 1)
    assert not polynomial(s // 2)
    assert polynomial(t * Max(1, s - 1))
    assert not polynomial(Max(4, s - 1))
    assert added([s, s + 1, 2 * s + 3, t - 2]) == [0, 1, -2]
