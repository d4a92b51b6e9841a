"""Kernels in a strict run: each template of a stage once, and phases that exchange scratch in every way.

``make test-strict`` runs all tests of ops so.
"""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.errors import InternalError, UserError
from torch_fpga.ops.rotations import rotate_half
from torch_fpga.runtime import strict
from torch_fpga.stages import STAGES
from torch_fpga.stages.common.moves import MOVES
from torch_fpga.targets.kernel import kernel_options

F = torch.nn.functional
M, V = torch.arange(64 * 48).reshape(64, 48) % 17 / 8 - 1, torch.arange(48) / 64
PLACES = (torch.arange(64 * 5).reshape(64, 5) * 7) % 48
KEYS = torch.arange(16384 * 64).reshape(16384, 64) * 37 % 101


def _attend(keys, values, q):
    best, where = (keys @ q).topk(4)
    return torch.softmax(best, 0) @ values[where]


def _rows(x, weight):
    size = x.shape[-1:]
    normed = F.layer_norm(x, size, weight) * x.sigmoid(), F.rms_norm(x, size, weight)
    return *normed, x.log_softmax(-1), x.sum(-1), x.argmax(-1), x[:, 16:].cumsum(-1), rotate_half(x), x @ x[:3].t()


def _through_scratch(x, places):
    """Parts of scratch that two tasks write, and scratch that two tasks read in one phase."""
    parts = x.view(64, 8, 6)
    rotated = torch.cat([-parts[:, 4:] * 2, parts[:, :4] * 2], 1).flatten(1)
    turned = (x.t() * 2).softmax(-1).t()
    gathered = rotated.gather(1, places) + torch.arange(5), rotated[places[:, 0]]
    return *gathered, rotated.cumsum(-1), turned.cumsum(-1), turned @ x[:4].t()


def _scores(matrix, vector):
    scores = matrix @ vector
    return scores, scores.topk(200).values


def _search(keys, scales, q):
    return torch.topk((keys.to(torch.float32) @ q) * scales, 8)


_CACHE = [(KEYS[:16384].reshape(1, 2, 8192, 64) - shift).half() / 64 for shift in (50, 30)]


def _attention(q, keys, values, mask):
    return F.scaled_dot_product_attention(q, keys, values, mask, enable_gqa=True)


def _int4(packed, scales, x):
    numbers = torch.stack([packed & 15, packed >> 4], -1).reshape(len(packed), -1).to(torch.int8) - 8
    return (numbers.view(*scales.shape, -1).float() * scales[..., None]).view(len(packed), -1) @ x


STRICT = {
    "attend": (_attend, (M, M, V)),
    "rows": (_rows, (M, V)),
    "through scratch": (_through_scratch, (M, PLACES)),
    "scratch of 2 MiB": (lambda x: (x.t() * 2).t().cumsum(-1).topk(200).values, (torch.ones(1024, 512),)),
    "blocks": (_scores, (KEYS[:8192] / 8, torch.arange(64) / 64)),
    "blocks again": (lambda q, k: (q @ k.t()).topk(4).values, (M[:3, :32] + 1, KEYS[:8192, :32] / 8)),
    "blocks of rows and scales": (_search, ((KEYS - 50).to(torch.int8), torch.arange(16384) / 1e4, torch.ones(64))),
    "blocks of rows of four bits": (
        _int4,
        (KEYS[:4096].repeat(1, 4).to(torch.uint8), torch.arange(4096 * 16).reshape(4096, 16) / 1e5, torch.ones(512)),
    ),
    "subnormal halves": (lambda x: F.gelu(x) * 2, (M.half() * 2**-18,)),
    "attention": (
        _attention,
        (KEYS[:8].half()[None, :, None] / 64, *_CACHE, (torch.arange(8192) % 9 - 4.0).half()[None, None, None]),
    ),
    "rows in blocks": (lambda x, row: torch.softmax(x * row, -1), (M.repeat(86, 1), M[0])),
}


@pytest.fixture
def ask(monkeypatch):
    return lambda value: monkeypatch.setenv(strict.STRICT, value)


@pytest.mark.parametrize("name", STRICT)
def test_a_kernel_in_a_strict_run(name, ask):
    ask("1")
    function, inputs = STRICT[name]
    check(function, *inputs)


def test_every_template_is_run_strictly():
    run = set()
    for function, inputs in STRICT.values():
        design = lower(trace(function, *inputs), "kernel", Dump(), kernel_options("u55c")).design
        run |= {task.template for phase in design.phases for task in phase.tasks}
    assert run == {task.template for task in (*MOVES, *(task for stage in STAGES for task in stage.tasks))}


def test_a_denormal_that_matters(ask):
    ask("1")
    with pytest.raises(InternalError, match='from task "grown" to task "cumsum" carries other values'):
        check(_through_a_denormal, torch.full((4, 16), 1e-12))


def _through_a_denormal(x):
    grown = (x * 1e-30).cumsum(-1) * 1e38
    return grown.cumsum(-1)


@pytest.mark.parametrize("value", ["yes", "ordered"])
def test_a_value_that_means_nothing(value, ask):
    ask(value)
    with pytest.raises(UserError, match=f"TORCH_FPGA_STRICT='{value}' is not 0 or 1"):
        strict.mode()


def test_not_asked_for(ask):
    ask("0")
    assert strict.mode() == ""
