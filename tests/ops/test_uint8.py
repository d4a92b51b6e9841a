"""Unsigned bytes: packed weights, masks and images. They wrap at 256 and have no negative numbers."""

from __future__ import annotations

import torch

from tests.kernels import check, trace
from tests.ops.inputs import make

X, Y = (make((5, 33), torch.int64, seed).abs().mul(2).to(torch.uint8) for seed in (1, 2))


def test_elementwise():
    def f(x, y):
        return (
            *(x + y, x - y, x * y, x / 3, -x, x.abs(), x + 200, 5 - x, x // 7, x % 7, x**3, x > y, x == 77),
            *(x & y, x | 15, x ^ y, ~x, x << 1, x >> 4, x >> 8, x << 9, x.clamp(10, 100), torch.maximum(x, y)),
            *(x.float(), x.bfloat16(), x.to(torch.int8), x.to(torch.int64), x.bool(), (x > y).to(torch.uint8)),
            *(
                (x.float() * 0.9).to(torch.uint8),
                x + y.int(),
                x * 0.5,
                torch.where(x > y, x, y),
                x.masked_fill(x > y, 9),
            ),
        )

    check(f, X, Y, rtol=1e-6, atol=0)


def test_rows():
    def f(x, y):
        return (
            *(x.sum(), x.sum(-1), x.prod(-1), x.amax(-1), x.amin(0), x.any(-1), x.all(-1), x.argmax(-1), x.argmin(0)),
            *(
                x.max(-1),
                x.cumsum(-1),
                x.topk(3).values,
                x.sort(stable=True),
                torch.cat([x, y]),
                x.gather(1, y.long() % 33),
            ),
            x.float() @ y[0].float(),
        )

    def flat(x, y):
        return [t for made in f(x, y) for t in ([made] if isinstance(made, torch.Tensor) else made)]

    check(flat, X, Y, rtol=1e-6, atol=0)


def test_what_is_left_to_pytorch():
    """A sum with int8 is int16, a byte as an index is a mask, and a negative number wraps."""
    for f in (lambda x, y: x + y.to(torch.int8), lambda x, y: x + -1, lambda x, y: x < y.to(torch.int8)):
        assert [n for n in trace(f, X, Y).graph.nodes if n.meta.get("support") is not None]
