"""The comparison itself: it passes rounding, names a near-tie, and fails for anything else."""

from __future__ import annotations

import pytest
import torch

from tests.models.agreement import Generated, Lead, NearTie, compare


def _generated(last: list[float], leads: list[float] | None = None) -> Generated:
    logits = torch.tensor([[[1.0, 3.0, 2.0]], [last]])
    return Generated(logits.argmax(-1).t(), logits, leads or [1.0, 1.0])


def test_rounding_is_equal(recwarn):
    compare(_generated([2.0, 1.0 + 1e-5, 0.0]), _generated([2.0, 1.0, 0.0]))
    assert not recwarn


def test_other_logits_are_a_fault():
    with pytest.raises(AssertionError, match=r"text 0, step 1: logits differ by 1.0e-02 .* no top-k .* was close"):
        compare(_generated([2.0, 1.01, 0.0]), _generated([2.0, 1.0, 0.0]))


def test_nan_is_a_fault():
    with pytest.raises(AssertionError, match="step 1: logits differ by nan"):
        compare(_generated([2.0, float("nan"), 0.0]), _generated([2.0, 1.0, 0.0]))


def test_another_token_at_a_tie_is_named():
    with pytest.warns(NearTie, match="text 0, step 1: .* the sampler picks another token"):
        compare(_generated([2.0, 2.00001, 0.0]), _generated([2.00001, 2.0, 0.0]))


def test_another_token_at_equal_logits_is_a_fault():
    got = _generated([2.0, 1.0, 0.0])
    got.tokens[0, 1] = 2
    with pytest.raises(AssertionError, match="and yet the tokens differ"):
        compare(got, _generated([2.0, 1.0, 0.0]))


def test_a_flipped_selection_in_the_model_is_named():
    want = _generated([2.0, 1.0, 0.0], leads=[1e-7, 1.0])
    with pytest.warns(NearTie, match="step 1: .* after a top-k of the model with a lead of 1.0e-07"):
        compare(_generated([0.0, 1.0, 2.0]), want)


def test_a_later_close_selection_does_not_excuse():
    want = _generated([2.0, 1.0, 0.0], leads=[1.0, 1e-7])
    got = _generated([2.0, 1.0, 0.0])
    got.logits[0] += 1
    with pytest.raises(AssertionError, match="step 0"):
        compare(got, want)


def test_lead_of_a_selection():
    with Lead() as lead:
        torch.tensor([[4.0, 3.0, 2.0], [10.0, 8.0, 7.0]]).topk(2)
        torch.tensor([1.0, float("-inf"), float("-inf")]).topk(2)  # a masked one is selected: no matter which
        torch.tensor([1.0, 2.0]).topk(2)  # nothing is left
    assert lead.smallest == pytest.approx(0.1)
