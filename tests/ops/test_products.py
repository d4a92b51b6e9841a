"""Matrix-vector and small-batch products against PyTorch, whichever way the operands lie in memory."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, trace
from tests.ops.inputs import FLOATS, NUMBERS, close, make
from tests.ops.shapes import drawn, one_of, sizes


def _close(dtype: torch.dtype, inner: int) -> dict[str, float]:
    # The sums run in another order than PyTorch's; their error grows with the length.
    return close(dtype, 4 * inner**0.5 + 2)


@drawn(rows=sizes, inner=sizes, turned=one_of(False, True))
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_vectors(dtype, rows, inner, turned):
    matrix = make((inner, rows), dtype, 1).t() if turned else make((rows, inner), dtype, 1)
    check(lambda m, v: (m @ v, torch.dot(v, v)), matrix, make((inner,), dtype, 2), **_close(dtype, inner))


@drawn(m=sizes, k=sizes, n=sizes, turned=one_of(False, True))
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_matrices(dtype, m, k, n, turned):
    m = min(m, 32)
    right = make((n, k), dtype, 3).t() if turned else make((k, n), dtype, 3)
    left = make((m, k), dtype, 4)
    check(lambda a, b: (a @ b, b.t() @ a.t()), left, right, **_close(dtype, k))


@drawn(batch=sizes, m=sizes, k=sizes, n=sizes)
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_batches(dtype, batch, m, k, n):
    batch, m = min(batch, 7), min(m, 32)
    left, right = make((batch, m, k), dtype, 5), make((batch, k, n), dtype, 6)
    check(
        lambda a, b: (torch.bmm(a, b), torch.bmm(a, b.transpose(1, 2).contiguous().transpose(1, 2))),
        left,
        right,
        **_close(dtype, k),
    )


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_a_bias_is_added(dtype):
    bias, left, right = make((17,), dtype, 1), make((3, 33), dtype, 2), make((17, 33), dtype, 3)
    beta = 0.5 if dtype.is_floating_point else 3

    def f(b, x, w):
        return (
            *(torch.addmm(b, x, w.t()), torch.addmm(b, x, w.t(), beta=beta, alpha=2)),
            *(torch.addmv(b, w, x[0]), torch.addmv(b[:1], w, x[1], beta=beta, alpha=2)),
            *(torch.baddbmm(b, x[None], w.t()[None]), torch.baddbmm(b, x[:, None], w.t().expand(3, 33, 17), beta=beta)),
        )

    check(f, bias, left, right, **_close(dtype, 33))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_a_bias_times_nothing_is_not_read(dtype):
    bias, left, right = torch.full((17,), torch.nan, dtype=dtype), make((3, 33), dtype, 2), make((33, 17), dtype, 3)
    check(
        lambda b, x, w: (
            *(torch.addmm(b, x, w, beta=0), torch.addmm(b, x, w, beta=0, alpha=0.3)),
            *(torch.addmv(b, w.t(), x[0], beta=0), torch.baddbmm(b, x[None], w[None], beta=0)),
        ),
        bias,
        left,
        right,
        **_close(dtype, 33),
    )
    (node,) = trace(lambda b, x, w: torch.addmm(b, x, w, alpha=0), bias, left, right).graph.find_nodes(
        op="call_function", target=torch.ops.aten.addmm.default
    )
    assert "alpha=0" in node.meta["support"].detail


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a.half() @ b,
        lambda a, b: torch.nn.functional.linear(a.half(), b.t()),
        lambda a, b: a @ b.bfloat16(),
        lambda a, b: torch.addmm(b[0], a.half(), b.half()),
        lambda a, b: torch.mv(a, b[:, 0].half()),
    ],
)
def test_types_that_eager_refuses_to_multiply(function):
    """The fake tensors of some products let them pass: the table must not, and what is left to the GPU raises."""
    a, b = make((3, 4), torch.float32, 1), make((4, 5), torch.float32, 2)
    with pytest.raises(RuntimeError):
        function(a, b)
    products = ("aten.mm.default", "aten.addmm.default", "aten.mv.default")
    (node,) = [n for n in trace(function, a, b).graph.nodes if str(n.target) in products]
    assert node.meta["support"].code == "unsupported-dtype"


@pytest.mark.parametrize("placement", ["memory_bound", "fpga"])
@pytest.mark.parametrize("shape", [(4, 5), (4,)])
def test_half_times_float_raises_as_in_eager(placement, shape):
    multiply = torch.compile(lambda a, b: a @ b, backend="fpga", options={"placement": placement})
    for _ in range(2):
        with torch.no_grad(), pytest.raises(RuntimeError, match="same dtype"):
            multiply(make((3, 4), torch.float16, 1), make(shape, torch.float32, 2))


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
