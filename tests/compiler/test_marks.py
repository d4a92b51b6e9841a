"""Tensors that are negated or conjugated by a mark only: whoever reads their memory must look at the mark."""

from __future__ import annotations

import pytest
import torch

from tests.agree import EMULATION


def _doubled(x):
    return x * 2


def _written(x):
    x.mul_(2)
    return x + 1


def _searched(x):
    return x.softmax(-1).topk(2).values, torch.asinh(x)


@pytest.mark.parametrize("placement", ["memory_bound", "fpga", "gpu"])
@pytest.mark.parametrize("function", [_doubled, _written, _searched])
def test_a_marked_input_is_read_as_it_is_meant(function, placement):
    torch.manual_seed(0)
    plain, marked = (torch.randn(4, 4, dtype=torch.complex64) for _ in range(2))
    assert marked.conj().imag.is_neg()

    torch._dynamo.reset()
    compiled = torch.compile(function, backend="fpga", options={**EMULATION, "placement": placement})
    with torch.no_grad():
        for numbers in (plain, marked.conj(), plain):
            twin = numbers.resolve_conj().clone()
            twin = twin.conj().clone().conj() if numbers.is_conj() else twin
            torch.testing.assert_close(compiled(numbers.imag), function(twin.imag))
            torch.testing.assert_close(numbers, twin)
