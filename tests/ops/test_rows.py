"""Row-wise stages against PyTorch: softmax, norms, cumsum and top-k with its ties and NaN."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, compiled
from tests.ops.inputs import ALL, FLOATS, INTS, NUMBERS, close, make
from tests.ops.shapes import drawn, layouts, matrices, one_of

F = torch.nn.functional


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_softmax(dtype, shape, layout):
    def f(x):
        return x.softmax(-1), x.softmax(0), x.log_softmax(-1), x.log_softmax(0)

    check(f, make(shape, dtype, 1, layout), **close(dtype, 2))


@pytest.mark.usefixtures("optimised")
def test_softmax_of_infinities():
    inf, nan = float("inf"), float("nan")
    x = torch.tensor([[-inf, 1.0, 2.0], [-inf, -inf, -inf], [inf, 1.0, 2.0], [nan, 1.0, 2.0], [-1e30, 1e30, 0.0]])
    check(lambda x: (x.softmax(-1), x.log_softmax(-1)), x, **close(x.dtype))


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_norms(dtype, shape, layout):
    size = shape[-1:]

    def f(x, w, b):
        return (
            *(F.layer_norm(x, size), F.layer_norm(x, size, w), F.layer_norm(x, size, w, b, 1e-3)),
            *(F.layer_norm(x, size, None, b), F.layer_norm(x, tuple(x.shape))),
        )

    # A row of one element is its own mean: what is left is rounding, blown up by 1 / sqrt(eps).
    check(f, make(shape, dtype, 2, layout), make(size, dtype, 3), make(size, dtype, 4), **close(dtype, 8))


@pytest.mark.parametrize("dtype", FLOATS[1:], ids=str)
def test_norm_of_16_bits_with_a_float32_weight(dtype):
    """What autocast makes; PyTorch rounds once, after weight and bias."""
    x, w, b = make((6, 33), dtype, 1), make((33,), torch.float32, 2), make((33,), torch.float32, 3)
    check(lambda x, w, b: (F.layer_norm(x, (33,), w, b), F.layer_norm(x, (33,), w)), x, w, b, **close(dtype, 2))


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_rms_norm(dtype, shape, layout):
    size = shape[-1:]

    def by_hand(x, w):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * w, F.rms_norm(x, size, w, 1e-6)

    check(by_hand, make(shape, dtype, 5, layout), make(size, dtype, 6), **close(dtype, 8))


def test_scratch_in_memory_between_scratch_on_chip():
    """The weight is read by both norms, so it stays in memory; the normed rows, numbered around it, do not."""
    x, w = make((3, 7), torch.float16, 1), make((7,), torch.float16, 2)
    check(lambda x, w: (F.rms_norm(x, (7,), w), F.rms_norm(x, (7,), w, 1e-6)), x, w, **close(x.dtype, 8))


def test_scratch_too_large_for_the_chip_after_scratch_that_is_not():
    def f(x):
        x = x - x.mean(-1, keepdim=True)
        x = x / x.abs().amax()
        return x.topk(5).values

    check(f, make((8, 50_000), torch.float32), **close(torch.float32, 4))


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_cumsum(dtype, shape, layout):
    x = make(shape, dtype, 7, layout)
    # Only float32 sums agree closely: 16-bit ones are kept in float32 here and in PyTorch alike, then rounded.
    check(lambda x: (x.cumsum(-1), x.cumsum(0)), x, **close(dtype, 20))


@drawn(shape=matrices, layout=layouts, part=one_of(0.01, 0.3, 1.0))
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_topk(dtype, shape, layout, part):
    k = max(1, int(shape[-1] * part))
    forms = [(k, -1, largest, in_order) for largest in (True, False) for in_order in (True, False)]
    _check_topk(make(shape, dtype, 8, layout), *forms, (1, 0, True, True))


def _check_topk(x: torch.Tensor, *forms: tuple[int, int, bool, bool]) -> None:
    """The values are PyTorch's; the indices point at them and are all different (which of equals is not promised)."""
    results = compiled(lambda x: [part for form in forms for part in torch.topk(x, *form)], x)(x)
    for (k, dim, largest, in_order), values, indices in zip(forms, results[::2], results[1::2], strict=True):
        expected = torch.topk(x, k, dim, largest, True).values
        order = values if in_order else values.sort(dim, descending=largest).values
        torch.testing.assert_close(order, expected, rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(x.gather(dim, indices), values, rtol=0, atol=0, equal_nan=True)
        assert (indices.sort(dim).values.diff(dim=dim) > 0).all()


def test_topk_nan_is_the_largest():
    nan, inf = float("nan"), float("inf")
    x = torch.tensor([[1.0, nan, inf, 3.0, nan, -inf, 0.0], [nan] * 7, [-inf] * 7])
    _check_topk(x, *((k, -1, largest, True) for k in (1, 3, 7) for largest in (True, False)))


def test_topk_ties_take_the_lower_index():
    x = torch.tensor([[1.0, 3.0, 3.0, 3.0, 2.0, 3.0]])
    _, indices = compiled(lambda x: torch.topk(x, 3), x)(x)
    assert indices.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("dtype", INTS, ids=str)
def test_topk_of_extreme_integers(dtype):
    info = torch.iinfo(dtype)
    _check_topk(torch.tensor([info.min, 0, info.max, -1, info.min, 1], dtype=dtype), (4, 0, True, True))


def test_topk_large_k_over_many_rows():
    """Sorted whole, and by the digits of their ranks; an infinity, NaN and zeros of both signs among the best."""
    x = make((3, 3000), torch.float32)
    x[0, 7], x[1, 2000], x[1, 3], x[2] = torch.inf, torch.nan, -torch.inf, -x[2].abs()
    x[2, 100:400:2], x[2, 100:400:3] = 0.0, -0.0
    _check_topk(x, (257, -1, True, True), (300, -1, False, False), (2500, -1, True, True))


def test_topk_large_k_takes_the_first_of_equals():
    x = make((2, 2000), torch.float16).round()
    _, indices = compiled(lambda x: torch.topk(x, 200), x)(x)
    assert torch.equal(indices, x.sort(descending=True, stable=True).indices[:, :200])
