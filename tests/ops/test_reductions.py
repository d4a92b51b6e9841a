"""Reductions against PyTorch: every type, every choice of dimensions, NaN and first-index rules."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check
from tests.ops.inputs import ALL, FLOATS, NUMBERS, close, make
from tests.ops.shapes import drawn, layouts, matrices


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_sum_and_extremes(dtype, shape, layout):
    def f(x):
        return (
            *(x.sum(), x.sum(0), x.sum(-1), x.sum(-1, keepdim=True), x.amax(-1), x.amin(0), x.amax(), x.any(-1)),
            *(x.sum(list(range(x.dim()))), x.amax(tuple(range(x.dim())), keepdim=True)),
        )

    # 16-bit sums are rounded once, but in another order than PyTorch adds.
    check(f, make(shape, dtype, 1, layout), **close(dtype, 20))


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_mean(dtype, shape, layout):
    check(lambda x: (x.mean(), x.mean(-1), x.mean(0, keepdim=True)), make(shape, dtype, 2, layout), **close(dtype, 10))


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_argmax(dtype, shape, layout):
    def f(x):
        return x.argmax(), x.argmax(-1), x.argmin(0), x.argmax(-1, keepdim=True), x.argmin()

    check(f, make(shape, dtype, 3, layout))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_mean_of_a_sum_beyond_the_type(dtype):
    x = torch.full((4, 2048), 100.0).to(dtype)
    check(lambda x: (x.mean(-1), x.mean(), x.mean(0)), x, rtol=0, atol=0)


def test_middle_dimensions():
    x = make((2, 3, 5, 7), torch.float32)
    check(lambda x: (x.sum((0, 2)), x.mean((1, 3)), x.amax((0, 3), keepdim=True), x.argmax(1)), x, **close(x.dtype, 10))


def test_sum_of_integers_is_wide():
    x = torch.full((1000,), 127, dtype=torch.int8)
    check(lambda x: (x.sum(), x.sum(dtype=torch.int32), x.sum(dtype=torch.float32)), x)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_nan_wins(dtype):
    nan, inf = float("nan"), float("inf")
    x = torch.tensor([[1.0, nan, 3.0, nan], [inf, 2.0, -inf, 0.0], [-inf, -inf, -inf, -inf]], dtype=dtype)
    check(lambda x: (x.amax(-1), x.amin(-1), x.argmax(-1), x.argmin(-1), x.sum(-1), x.amax(0)), x)


def test_first_of_equals():
    x = torch.tensor([[2.0, 5.0, 5.0, 1.0, 1.0], [3.0, 3.0, 3.0, 3.0, 3.0]])
    check(lambda x: (x.argmax(-1), x.argmin(-1)), x)
