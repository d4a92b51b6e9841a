"""What a region returns lies as the next one was compiled for, and results lie as eager PyTorch leaves them."""

from __future__ import annotations

import pytest
import torch

from tests.agree import differences
from torch_fpga.compiler.strides import Strides, checked, with_strides
from torch_fpga.errors import InternalError

PLACEMENTS = ["memory_bound", "fpga", "gpu"]


def _query_norm(x):
    q = x.t()
    q = q * torch.rsqrt(q.pow(2).mean(-1, keepdim=True) + 1e-6)
    return q.t().view(-1), q


def _memory_of_a_norm(x):
    q = x.t()
    q = q * torch.rsqrt(q.pow(2).mean(-1, keepdim=True) + 1e-6)
    return q.as_strided((24,), (1,))


def _branches(x):
    return torch.cond(x.sum() > 0, lambda x: x.sin(), lambda x: x.cos(), (x.t(),))


def _cat(x):
    t = torch.cat([torch.tensor([]), x.t()])
    return torch.atan2(t, t.sum(-1).topk(2).values[0])


def _stack(x):
    t = torch.stack([x.t(), x.t()])
    return torch.atan2(t, t.sum(-1).topk(2).values[0][0])


def _put(x):
    t = x.t().put(torch.tensor([1]), x[0, :1])
    return torch.atan2(t, t.sum(-1).topk(2).values[0])


def _view_copy(x):
    t = torch.ops.aten.view_copy(x.t().contiguous().t().t(), [4, 6])
    return torch.atan2(t, t.sum(-1).topk(2).values[0])


def _filled_slice(x):
    t = x.t() * 2
    t[1:].fill_(1)
    return torch.atan2(t, t.sum(-1).topk(2).values[0]), t


def _upsample(x):
    image = x.t()[None, None].contiguous(memory_format=torch.channels_last)
    t = torch.nn.functional.interpolate(image, scale_factor=2)
    return torch.atan2(t, t.sum(-1).topk(2).values[0, 0, 0, 0])


def _write_through_a_transposed_view(x):
    t = (x * 2).t()
    t.masked_fill_(t > 0, 2)
    return t, t.softmax(-1)


def _expanded(x):
    t = torch.asinh(x[0]).expand(3, -1)
    return t + t.sum(-1).topk(1).values, t


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize(
    "function",
    [
        _query_norm,
        _memory_of_a_norm,
        _branches,
        _cat,
        _stack,
        _put,
        _view_copy,
        _filled_slice,
        _upsample,
        _write_through_a_transposed_view,
        _expanded,
    ],
)
def test_strides_are_eagers(function, placement):
    torch.manual_seed(0)
    assert differences(function, [(torch.randn(6, 4),)], {"placement": placement}) == []


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize(
    ("function", "calls"),
    [
        (lambda x: torch.asinh(x)[: x.shape[0] // 2], [(torch.randn(n, 4),) for n in (8, 10, 14)]),
        (lambda x: torch.asinh(x) + 1, [(torch.randn(5, w)[:, :4],) for w in (6, 8, 10)]),
        (lambda x, n: torch.asinh(x * 9).clamp(max=n * 0.1), [(torch.randn(4, 4), n) for n in (2, 3, 4)]),
        (lambda x: torch.asinh(x.softmax(-1)).t().reshape(-1) * x.shape[0], [(torch.randn(n, 4),) for n in (3, 5, 7)]),
        (lambda x, n: (torch.asinh(x)[n:].topk(2).values, n * 2), [(torch.randn(9, 4), n) for n in (2, 3, 4)]),
        (lambda x: torch.asinh(x).t() @ x.softmax(-1), [(torch.randn(n, n + 2),) for n in (4, 5, 6)]),
    ],
)
def test_sizes_numbers_and_strides_change_from_call_to_call(function, calls, placement):
    assert differences(function, calls, {"placement": placement}) == []


def test_only_what_lies_otherwise_is_copied():
    right, wrong = torch.randn(4, 6), torch.randn(6, 4).t()
    wanted = (Strides.of(torch.empty(4, 6)), Strides.of(torch.empty(4, 6)), Strides())
    results = with_strides(lambda: (right, wrong, 3), wanted)()
    assert results[0] is right
    assert results[1].is_contiguous()
    assert torch.equal(results[1], wrong)
    assert results[2] == 3


def test_where_sizes_change_the_order_of_the_dimensions_stays():
    found = []

    def backend(graph, inputs):
        found.append(Strides.of(graph.graph.find_nodes(op="placeholder")[-1].meta["example_value"]))
        return graph.forward

    torch.compile(lambda x: x + 1, backend=backend, dynamic=True)(torch.randn(5, 3, 4).permute(2, 0, 1))
    (strides,) = found
    assert strides.order == (1, 2, 0)
    other = torch.randn(7, 2, 6).permute(2, 0, 1)
    assert Strides(order=(1, 2, 0)).hold(other)
    assert Strides(order=(1, 2, 0)).applied(other.contiguous()).stride() == other.stride()


def test_the_stride_of_a_single_element_means_nothing():
    assert Strides.of(torch.empty(1, 4)).hold(torch.empty_strided((1, 4), (9, 1)))


def test_a_check_names_the_region():
    run = checked(lambda: (torch.randn(6, 4).t(),), (Strides.of(torch.empty(4, 6)),), "gpu0", "model.py:1: f(x)")
    with pytest.raises(InternalError, match=r"^model.py:1: f\(x\)\nresult 0 of region gpu0 has strides \(1, 4\)"):
        run()
