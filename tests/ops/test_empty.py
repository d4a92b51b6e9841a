"""Tensors without elements, through the whole backend: nothing of them is offloaded, and the answer is PyTorch's."""

from __future__ import annotations

import pytest
import torch

import torch_fpga
from tests.ops.inputs import ALL, FLOATS, make
from tests.ops.shapes import drawn, empties, one_of, sizes


def _check(function, *inputs: torch.Tensor) -> set[str]:
    """Compares with eager; returns the reason codes of the nodes that stayed on the GPU."""
    torch._dynamo.reset()
    with torch.no_grad():
        got = torch.compile(function, backend="fpga", options={"placement": "fpga"})(*inputs)
        torch.testing.assert_close(got, function(*inputs), equal_nan=True)
    return {node.reason_code for node in torch_fpga.last_report().graphs[-1].nodes if node.device == "gpu"}


@drawn(shape=empties)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_empty_tensors(dtype, shape):
    def f(x, y, mask):
        return (
            *(x + y, x * 3, x == y, torch.where(mask, x, y), x.masked_fill(mask, 1), x.to(torch.float16)),
            *(x.sum(), x.sum(-1), x.any(0), x.cumsum(-1), torch.cat([x, y]), torch.stack([x, y]), x.flatten()),
        )

    assert "zero-size" in _check(f, make(shape, dtype, 1), make(shape, dtype, 2), make(shape, torch.bool, 3))


@drawn(shape=empties)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_empty_rows(dtype, shape):
    def f(x):
        return x.softmax(-1), x.mean(), x.mean(0), *torch.topk(x, 0), torch.nn.functional.layer_norm(x, x.shape[-1:])

    assert "zero-size" in _check(f, make(shape, dtype, 4))


@drawn(m=sizes, k=sizes, n=sizes, none=one_of(*"mkn"))
def test_empty_products_and_gathers(m, k, n, none):
    m, k, n = (0 if none == name else size for name, size in zip("mkn", (m, k, n), strict=True))

    def f(a, b, bias, rows):
        return a @ b, torch.addmm(bias, a, b), a @ b[:, :1].squeeze(1), a.t().index_select(1, rows), a[rows]

    a, b = make((m, k), torch.float32, 5), make((k, n), torch.float32, 6)
    assert "zero-size" in _check(f, a, b, make((n,), torch.float32, 7), torch.empty(0, dtype=torch.int64))
