"""What a golden run leaves open where a selection may take either of two equals."""

from __future__ import annotations

import pytest
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from torch_fpga.tools.selections import Freedom, freedoms


def _free(function, *inputs: torch.Tensor, rtol: float = 0.0, atol: float = 0.0) -> list[Freedom]:
    graph = make_fx(function, tracing_mode="fake")(*inputs)
    return freedoms(graph, list(inputs), lambda x: (rtol, atol) if x.is_floating_point() else (0.0, 0.0))


def test_without_a_selection_all_is_compared():
    assert _free(lambda x: (x + 1, x.sum(-1)), torch.ones(2, 3)) == [Freedom(), Freedom()]


@pytest.mark.parametrize(
    ("function", "shape", "sizes"),
    [
        (lambda x: (x.topk(2, -1).indices,), (3, 5), (5, 2, 1)),
        (lambda x: (x.topk(2, 0).indices,), (3, 5), (3, 2, 5)),
        (lambda x: (x.topk(2, 1).indices,), (2, 3, 4), (3, 2, 4)),
        (lambda x: (x.argmax(),), (3, 5), (15, 1, 1)),
        (lambda x: (x.argmin(0),), (3, 5), (3, 1, 5)),
        (lambda x: (x.argmax(-1, keepdim=True).to(torch.int32),), (3, 5), (5, 1, 1)),
        (lambda x: (x.max(1).indices.unsqueeze(0),), (3, 5), (5, 1, 1)),
        (lambda x: (x.sort(-1).indices.reshape(-1),), (3, 5), (5, 5, 1)),
    ],
)
def test_indices_are_compared_by_what_they_were_chosen_from(function, shape, sizes):
    x = torch.randn(*shape)
    (free,) = _free(function, x)
    choice = free.choice
    assert (choice.cols, choice.chosen, choice.inner) == sizes
    assert torch.equal(choice.source.reshape(-1), x.reshape(-1))


def test_what_a_region_is_given_has_no_tolerance():
    x = torch.randn(3, 5)
    (given,), (computed,) = (
        _free(lambda x: (x.t().argmax(-1),), x, rtol=0.5),
        _free(lambda x: ((x * 2).argmax(-1),), x, rtol=0.5),
    )
    assert (given.choice.rtol, computed.choice.rtol) == (0.0, 0.5)


def test_what_depends_on_a_tie_is_open_and_only_that():
    scores = torch.tensor([[4.0, 1.0, 4.0, 0.0], [4.0, 1.0, 3.0, 0.0]])
    rows = torch.arange(4.0)

    def f(scores, rows):
        best, where = scores.topk(1)
        return best, where, rows[where]

    values, indices, gathered = _free(f, scores, rows)
    assert values == Freedom()
    assert indices.choice is not None
    assert gathered.open.tolist() == [[True], [False]]


def test_an_order_that_does_not_matter_leaves_nothing_open():
    scores, rows = torch.tensor([4.0, 1.0, 4.0, 0.0]), torch.arange(4.0)
    summed, in_order = _free(lambda s, r: (r[s.topk(2).indices].sum(), r[s.topk(2).indices]), scores, rows)
    assert summed == Freedom()
    assert in_order.open.tolist() == [True, True]


def test_values_that_rounding_may_swap_are_ties():
    scores, rows = torch.tensor([4.0, 1.0, 3.99, 0.0]), torch.arange(4.0)

    def f(scores, rows):
        return (rows[(scores * 1.0).topk(1).indices],)

    assert _free(f, scores, rows, rtol=1e-4) == [Freedom()]
    assert _free(f, scores, rows, rtol=1e-2)[0].open.tolist() == [True]


def test_a_selection_after_an_undecided_one_has_no_source_to_compare_with():
    scores, rows = torch.tensor([4.0, 1.0, 4.0, 0.0]), torch.tensor([5.0, 0.0, 7.0, 0.0])

    def f(scores, rows):
        gathered = rows[scores.topk(1).indices]
        return (torch.cat([gathered, torch.full((1,), 6.0)]).argmax(),)

    (free,) = _free(f, scores, rows)
    assert free.choice is None
    assert bool(free.open)


def test_infinite_scores_are_ties_only_with_each_other():
    rows = torch.arange(4.0)

    def f(scores, rows):
        return (rows[(scores * 1.0).topk(2).indices],)

    minus = float("-inf")
    assert _free(f, torch.tensor([4.0, 1.0, minus, minus]), rows, rtol=1e-2, atol=1e-2) == [Freedom()]
    (free,) = _free(f, torch.tensor([4.0, minus, minus, minus]), rows, rtol=1e-2, atol=1e-2)
    assert free.open.tolist() == [False, True]
