"""Matrix-vector and small-batch products against PyTorch, whichever way the operands lie in memory."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels import check
from tests.ops.inputs import FLOATS, close, make
from tests.ops.shapes import few, sizes

INTS = (torch.int32, torch.int64)


def _close(dtype: torch.dtype, inner: int) -> dict[str, float]:
    # The sums run in another order than PyTorch's; their error grows with the length.
    return close(dtype, 4 * inner**0.5 + 2)


@few
@given(rows=sizes, inner=sizes, turned=st.booleans())
@pytest.mark.parametrize("dtype", [*FLOATS, *INTS], ids=str)
def test_vectors(dtype, rows, inner, turned):
    matrix = make((inner, rows), dtype, 1).t() if turned else make((rows, inner), dtype, 1)
    check(lambda m, v: (m @ v, torch.dot(v, v)), matrix, make((inner,), dtype, 2), **_close(dtype, inner))


@few
@given(m=sizes, k=sizes, n=sizes, turned=st.booleans())
@pytest.mark.parametrize("dtype", [*FLOATS, *INTS], ids=str)
def test_matrices(dtype, m, k, n, turned):
    m = min(m, 32)
    right = make((n, k), dtype, 3).t() if turned else make((k, n), dtype, 3)
    left = make((m, k), dtype, 4)
    check(lambda a, b: (a @ b, b.t() @ a.t()), left, right, **_close(dtype, k))


@few
@given(batch=sizes, m=sizes, k=sizes, n=sizes)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_batches(dtype, batch, m, k, n):
    batch, m = min(batch, 7), min(m, 32)
    left, right = make((batch, m, k), dtype, 5), make((batch, k, n), dtype, 6)
    check(
        lambda a, b: (torch.bmm(a, b), torch.bmm(a, b.transpose(1, 2).contiguous().transpose(1, 2))),
        left,
        right,
        **_close(dtype, k),
    )


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_addmm(dtype):
    bias, left, right = make((17,), dtype, 1), make((3, 33), dtype, 2), make((17, 33), dtype, 3)
    check(
        lambda b, x, w: (torch.addmm(b, x, w.t()), torch.addmm(b, x, w.t(), beta=0.5, alpha=2)),
        bias,
        left,
        right,
        **_close(dtype, 33),
    )


def test_quantised_keys_are_streamed_as_int8():
    keys, scale, q = make((100, 64), torch.int8), make((100,), torch.float32), make((64,), torch.float32)
    check(lambda k, s, q: (k.to(torch.float32) @ q) * s, keys, scale, q, rtol=1e-5, atol=1e-2)


def test_attention_over_the_best():
    """The whole of the mission's pattern: score, top-k, softmax, gather, weighted sum."""
    keys, values, q = (
        make((1000, 64), torch.float32, 1),
        make((1000, 48), torch.float32, 2),
        make((64,), torch.float32, 3),
    )

    def attend(keys, values, q):
        scores = keys @ q
        best, where = torch.topk(scores, 16)
        return best.softmax(0) @ values[where], where

    check(attend, keys, values, q, rtol=1e-4, atol=1e-5)
