"""Writes into inputs and buffers: where eager PyTorch makes them, seen by all that eager lets see them."""

from __future__ import annotations

import pytest
import torch

from tests.agree import differences

PLACEMENTS = ["memory_bound", "fpga", "gpu"]


def _two(c, k):
    c[0] = k
    v = c.softmax(-1).topk(2).values
    c.zero_()
    return v


def _two_index_copies(c, k):
    c.index_copy_(0, torch.tensor([1]), k[None])
    v = c.softmax(-1).topk(2).values
    c.index_copy_(0, torch.tensor([2]), v.mean().expand(1, 4))
    return v


def _two_slices(c, k):
    c[:, 1:3] = k[1:3]
    v = (c @ k).topk(2).values
    c[:2] += 1
    return v


def _two_and_returned(c, k):
    c[0] = k
    v = c.softmax(-1).topk(2).values
    c[1] = 0
    return v, c


def _three(c, k):
    c[0] = k
    a = (c @ k).topk(2).values
    c[1] = a.sum()
    b = c.softmax(-1).topk(1).values
    c.add_(b)
    return a, b, c.sum(-1)


def _second_write_reads_the_first(c, k):
    c[0] = k
    best = (c @ k).topk(2).indices
    c[best] = c[best] * 2 + k
    return best


def _the_first_version_is_returned(c, k):
    changed = c.select_scatter(k, 0, 0)
    c.zero_()
    return changed, changed.softmax(-1).topk(2).values


def _two_versions_of_one_base(c, k):
    a = c.select_scatter(k, 0, 0).softmax(-1).topk(2).values
    b = c.select_scatter(k, 0, 1).cumsum(-1)
    c[2] = 0
    return a, b


def _a_view_is_added_to(c, k):
    best = (c @ k).topk(3).values
    c.view(-1)[:3] += best
    return best


def _a_view_is_assigned(c, k):
    best = (c @ k).topk(3).values
    c.view(-1)[:3] = best
    return best


def _a_view_of_a_view(c, k):
    best = c.t()[1:].softmax(-1).topk(2).values
    c.t()[1:].mul_(2)
    c[::2, 1] = best.sum()
    return best, (c.t() @ c).topk(2).values


def _a_view_taken_before_the_write(c, k):
    rows = c[1:]
    best = (c @ k).topk(3).values
    c.view(-1)[:3] = best
    return rows.softmax(-1).topk(2).values, rows


def _a_view_as_another_type(c, k):
    bits = c.view(torch.int32).clone()
    best = (c @ k).topk(2).values
    c.add_(best.sum())
    return bits, best


def _rows_are_swapped(c, k):
    row = c[0].clone()
    c[0] = c[1]
    c[1] = row
    return (c @ k).topk(2).values


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize(
    "function",
    [
        _rows_are_swapped,
        _two,
        _two_index_copies,
        _two_slices,
        _two_and_returned,
        _three,
        _second_write_reads_the_first,
        _the_first_version_is_returned,
        _two_versions_of_one_base,
        _a_view_is_added_to,
        _a_view_is_assigned,
        _a_view_of_a_view,
        _a_view_taken_before_the_write,
        _a_view_as_another_type,
    ],
)
def test_an_input_is_written_as_in_eager(function, placement):
    torch.manual_seed(0)
    calls = [(torch.randn(4, 4), torch.randn(4)) for _ in range(2)]
    assert differences(function, calls, {"placement": placement}) == []


def _swap(c, d, e):
    t = c.clone()
    c.copy_(d)
    d.copy_(t)
    return (c @ e).topk(2).values


def _rotate(c, d, e):
    t = c.t().clone()
    c.copy_(d)
    d.copy_(e)
    e.copy_(t)


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("function", [_swap, _rotate])
def test_inputs_are_exchanged_as_in_eager(function, placement):
    torch.manual_seed(0)
    assert differences(function, [[torch.randn(4, 4) for _ in range(3)]], {"placement": placement}) == []


class Ring(torch.nn.Module):
    """Writes into a buffer, reads it, and writes into it again."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("ring", torch.arange(24.0).view(6, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.ring[0] = x
        best = (self.ring @ x).topk(2)
        self.ring[1:].mul_(0.5)
        self.ring.view(-1)[:4] += best.values.sum()
        return best.values


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_buffer_is_written_as_in_eager(placement):
    eager, model = Ring(), Ring()
    address = model.ring.data_ptr()
    compiled = torch.compile(model, backend="fpga", options={"device": "emulation", "placement": placement})
    with torch.no_grad():
        for x in torch.randn(3, 4):
            torch.testing.assert_close(compiled(x), eager(x))
            torch.testing.assert_close(model.ring, eager.ring)
    assert model.ring.data_ptr() == address


@pytest.mark.parametrize("writes", [1, 2])
def test_a_cache_is_not_copied(writes):
    """Of a cache that is written and searched, no region gets or gives more than the input itself."""

    def step(cache, x):
        cache.index_copy_(0, torch.tensor([3]), x[None])
        best = (cache @ x).topk(4).values
        if writes == 2:
            cache.index_copy_(0, torch.tensor([4]), best.sum().expand(1, 32))
        return best

    compiled = torch.compile(step, backend="fpga", options={"device": "emulation"})
    cache, x = torch.randn(4096, 32), torch.randn(32)
    with torch.no_grad():
        compiled(cache, x)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
            compiled(cache, x)
    allocated = [event.cpu_memory_usage for event in profile.events() if event.cpu_memory_usage > 0]
    assert max(allocated, default=0) < cache.nbytes / 2
