"""Kernels of the ops in a strict run: what hardware would not bear fails, and the rest gives what a plain run gives.

``TORCH_FPGA_STRICT=ordered pytest tests/ops`` runs all tests of ops so.
"""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check
from torch_fpga.errors import InternalError, UserError
from torch_fpga.runtime import strict

M, V = torch.arange(64 * 48).reshape(64, 48) % 17 / 8 - 1, torch.arange(48) / 64


def _attend(keys, values, q):
    weights = torch.softmax((keys @ q).topk(4)[0], 0)
    return weights @ values[(keys @ q).topk(4)[1]]


def _normed(x, weight):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], weight) * x.sigmoid()


def _summed(x):
    return x.sum(-1), x.argmax(-1), x.cumsum(-1)


STRICT = {
    "attend": (_attend, (M, M, V)),
    "normed": (_normed, (M, V)),
    "summed": (_summed, (M,)),
    "gathered": (lambda x, i: x.gather(1, i), (M, (torch.arange(64 * 5).reshape(64, 5) * 7) % 48)),
    "rows in blocks": (lambda x: torch.softmax(x * 2, -1), (M.repeat(86, 1),)),
    "halves": (lambda x: torch.softmax(x, -1) * x, (M.bfloat16(),)),
}

# Why a kernel fails today. The list may only become shorter.
KNOWN = {
    "transposed twice": (
        lambda x: (x.t() * 2).t().cumsum(-1),
        (torch.ones(1024, 512),),
        "scratch of 2 MiB is written in one phase and read in the next through another pointer",
    ),
    "rotated": (
        lambda x: torch.cat([-x[:, 24:] * 2, x[:, :24] * 2], -1).cumsum(-1),
        (M,),
        "two tasks write the parts of the scratch, so that it cannot be on the chip",
    ),
}


@pytest.fixture
def ask(monkeypatch):
    return lambda value: monkeypatch.setenv(strict.STRICT, value)


@pytest.mark.parametrize("name", STRICT)
def test_an_op_in_a_strict_run(name, ask):
    ask("1")
    function, inputs = STRICT[name]
    check(function, *inputs)


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_to_fail(name, ask):
    function, inputs, _ = KNOWN[name]
    ask("1")
    with pytest.raises(
        InternalError, match=r'task "load .*" reads through ".*_loaded.*" what task "store .*" has written'
    ):
        check(function, *inputs)
    ask(strict.ORDERED)
    check(function, *inputs)


def test_a_denormal_that_matters(ask):
    ask("1")
    with pytest.raises(InternalError, match='from task "grown" to task "cumsum" carries other values'):
        check(_through_a_denormal, torch.full((4, 16), 1e-12))


def _through_a_denormal(x):
    grown = (x * 1e-30).cumsum(-1) * 1e38
    return grown.cumsum(-1)


def test_a_value_that_means_nothing(ask):
    ask("yes")
    with pytest.raises(UserError, match="TORCH_FPGA_STRICT='yes' is not 0, 1 or ordered"):
        strict.mode()


def test_not_asked_for(ask):
    ask("0")
    assert strict.mode() == ""
