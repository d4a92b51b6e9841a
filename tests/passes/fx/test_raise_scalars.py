"""A filled tensor becomes a number only where PyTorch gives the result the same type either way."""

from __future__ import annotations

import itertools

import pytest
import torch

from tests.kernels import trace
from tests.ops.inputs import ALL

aten = torch.ops.aten
CONDITION = torch.tensor([True, False, True])
KINDS = (*ALL, torch.float64)


def _filled(number: float, kind: torch.dtype) -> torch.Tensor:
    return torch.scalar_tensor(number, dtype=kind)


@pytest.mark.parametrize(("yes", "no"), itertools.product(KINDS, KINDS), ids=str)
def test_two_numbers_keep_their_types(yes, no):
    def f(c):
        return torch.where(c, _filled(1, yes), _filled(0, no))

    (result,) = trace(f, CONDITION).graph.output_node().all_input_nodes
    assert result.meta["val"].dtype == f(CONDITION).dtype
    if result.target is aten.where.Scalar:
        assert aten.where.Scalar(CONDITION, *result.args[1:]).dtype == f(CONDITION).dtype


@pytest.mark.parametrize(("kind", "filled"), itertools.product(ALL, KINDS), ids=str)
def test_a_number_beside_a_tensor_keeps_the_type_and_the_rounding(kind, filled):
    x = torch.ones(3, dtype=kind)

    def f(c, x):
        return torch.where(c, x, _filled(0.1, filled)), torch.where(c, _filled(0.1, filled), x)

    graph = trace(f, CONDITION, x)
    for result, want in zip(graph.graph.output_node().all_input_nodes, f(CONDITION, x), strict=True):
        assert result.meta["val"].dtype == want.dtype
        if result.target in (aten.where.ScalarOther, aten.where.ScalarSelf):
            args = [x if isinstance(arg, torch.fx.Node) else arg for arg in result.args[1:]]
            torch.testing.assert_close(result.target(CONDITION, *args), want, rtol=0, atol=0)
