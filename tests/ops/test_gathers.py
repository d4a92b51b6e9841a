"""Gathers against PyTorch, and what an index out of range says."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, compiled
from tests.ops.inputs import ALL, LAYOUTS, make
from tests.ops.shapes import drawn, layouts, matrices
from torch_fpga.errors import UserError

F = torch.nn.functional


def _indices(shape: tuple[int, ...], limit: int, seed: int, low: int = 0) -> torch.Tensor:
    return torch.randint(low, limit, shape, generator=torch.Generator().manual_seed(seed))


@drawn(shape=matrices, layout=layouts)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_gathers(dtype, shape, layout):
    x = make(shape, dtype, 1, layout)
    first, last = _indices((6,), shape[0], 2), _indices((5,), shape[-1], 3)
    wrapped = _indices((2, 3), shape[0], 4, -shape[0])
    along = _indices((*shape[:-1], 3), shape[-1], 5)

    def f(x, first, last, wrapped, along):
        return (
            x.index_select(0, first),
            x.index_select(-1, last),
            x[wrapped],
            x[..., last],
            x.gather(-1, along),
            x[first.int()],
        )

    check(f, x, first, last, wrapped, along)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_gather_along_every_dimension(layout):
    x = make((4, 5, 6), torch.float32, 1, layout)
    a, b, c = _indices((3, 2, 6), 4, 1), _indices((4, 7, 5), 5, 2), _indices((1, 5, 9), 6, 3)
    check(lambda x, a, b, c: (x.gather(0, a), x.gather(1, b), x.gather(2, c), x[:, a[0, 0]]), x, a, b, c)


def test_embedding():
    table, ids = make((50, 24), torch.float32), _indices((3, 7), 50, 1)
    check(lambda t, i: (F.embedding(i, t), F.embedding(i.int(), t, padding_idx=0)), table, ids)


@pytest.mark.parametrize("bad", [10, -1, 2**40])
def test_index_out_of_range(bad):
    x, i = make((10, 4), torch.float32), torch.tensor([1, bad])
    run = compiled(lambda x, i: x.index_select(0, i), x, i)
    with pytest.raises(UserError, match=rf"index {bad} is out of range for dimension .* size 10"):
        run(x, i)
    # The kernel is none the worse for it.
    assert torch.equal(run(x, torch.tensor([1, 2])), x[1:3])


def test_wrapped_index_out_of_range():
    x, i = make((10, 4), torch.float32), torch.tensor([-11])
    with pytest.raises(UserError, match="out of range"):
        compiled(lambda x, i: x[i], x, i)(x, i)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_several_indices(layout):
    """Side by side they are replaced where they stand; apart, by dimensions at the front."""
    x = make((4, 5, 6), torch.float32, 1, layout)
    a, b, c = _indices((3,), 4, 1) - 4, _indices((2, 3), 5, 2), _indices((3,), 6, 3).int()

    def f(x, a, b, c):
        return x[a, b], x[:, b, c], x[a, :, c], x[a, b, c], x[a[:, None], a], x[None, a, b], x[a][:, b[0], c]

    check(f, x, a, b, c)


@pytest.mark.parametrize("bad", [(4, 0), (0, 5), (-5, 0), (0, -6)])
def test_one_of_several_indices_out_of_range(bad):
    """Joined they may point into the table all the same."""
    x, (i, j) = make((4, 5), torch.float32), (torch.tensor([n]) for n in bad)
    with pytest.raises(UserError, match="out of range"):
        compiled(lambda x, i, j: x[i, j], x, i, j)(x, i, j)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.int8], ids=str)
def test_gathered_rows_are_weighted_at_a_wider_type(dtype):
    """A view, a cast and a view again stand between the table and the product."""
    table, weights = make((40, 24), dtype, 1), torch.linspace(-1, 1, 45).reshape(3, 15)
    rows = _indices((15,), 40, 2)
    check(lambda t, w, i: w @ t[i].float(), table, weights, rows, rtol=1e-4, atol=1e-4)
    check(lambda t, w, i: w @ t[i].t().float().t(), table, weights, rows, rtol=1e-4, atol=1e-4)
