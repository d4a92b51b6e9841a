"""Views and joins against PyTorch: they move no numbers, so the answer is exact."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check
from tests.ops.inputs import ALL, make
from tests.ops.shapes import drawn, layouts, matrices


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_cat(dtype, shape, layout):
    x, y = make(shape, dtype, 1, layout), make(shape, dtype, 2)
    check(lambda x, y: (torch.cat([x, y]), torch.cat([x, y, x], -1), torch.stack([x, y], 0)), x, y)


def test_views_between_stages():
    x = make((4, 6, 10), torch.float32)

    def f(x):
        y = x * 2
        return (
            *(y.permute(2, 0, 1) + 1, y[:, 1:5:2] * 1, y[1] - 1, y.reshape(4, 60) + 1, y.transpose(0, 2) * 3),
            *(y.unsqueeze(1) + 1, y[:, :1].squeeze(1) + 1, y[:, :, :1].expand(4, 6, 3) * 1, y.view(-1, 5).sum(-1)),
            *(y.permute(1, 0, 2).reshape(6, 40).sum(-1), y.flatten() * 1, x.permute(2, 1, 0), x[2:, ::3]),
            *(y.detach() + 1, y.detach()),
        )

    check(f, x, rtol=1e-5, atol=1e-5)


def test_results_keep_their_strides():
    x = make((5, 7), torch.float32)
    from tests.kernels import compiled

    run = compiled(lambda x: ((x + 1).t(), (x[:, :1] + 1).expand(5, 3)), x)
    turned, wide = run(x)
    assert turned.stride() == (1, 7)
    assert wide.stride() == (1, 0)
    torch.testing.assert_close(turned, (x + 1).t())
    torch.testing.assert_close(wide, (x[:, :1] + 1).expand(5, 3))


def test_concat_is_read_on():
    x, y = make((3, 5), torch.float32, 1), make((3, 4), torch.float32, 2)

    def f(x, y):
        joined = torch.cat([x, y + 1], 1)
        return joined, joined.sum(-1), torch.cat([joined, joined], 0).softmax(-1)

    check(f, x, y)


def test_a_value_returned_twice_and_an_input_returned():
    def f(x):
        y = x.exp()
        return y, y, x

    check(f, make((3, 5), torch.float32))


def test_a_value_read_by_many():
    def f(x):
        y = x.exp()
        return (
            y.sum(-1),
            y.amax(-1),
            y.softmax(-1),
            y * y.sum(-1, keepdim=True),
            (y - y.mean(-1, keepdim=True)).abs().sum(),
        )

    check(f, make((33, 65), torch.float32), rtol=1e-4, atol=1e-4)
