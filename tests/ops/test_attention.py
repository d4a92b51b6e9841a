"""Attention of a few queries over many keys, in blocks over memory channels: the results are those of eager."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, compiled, trace
from tests.ops.inputs import FLOATS
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.report.design import DesignReport
from torch_fpga.targets.kernel import kernel_options

NAN, INF = float("nan"), float("inf")
KEYS = 2100  # of which no block ends where a group does


def attend(q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)


def attend_masked(q, k, v, mask):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)


def _random(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def _inputs(dtype: torch.dtype = torch.float32, batch: int = 1, keys: int = KEYS) -> list[torch.Tensor]:
    """A step of decoding: four queries a key, or two in float32."""
    heads = 4 if dtype is torch.float32 else 8
    sizes = (heads, 1, 64), (2, keys, 64), (2, keys, 64)
    return [_random(batch, *size, dtype=dtype, seed=seed) for seed, size in enumerate(sizes)]


def _design(function, *inputs: torch.Tensor, target: str = "u55c") -> DesignReport:
    return lower(trace(function, *inputs), "kernel", Dump(), kernel_options(target)).design


def _templates(design: DesignReport) -> list[str]:
    return [task.template for phase in design.phases for task in phase.tasks]


def test_no_farther_from_float64_than_eager():
    inputs = _inputs()
    wide = attend(*(x.double() for x in inputs))
    got, eager = compiled(attend, *inputs)(*inputs), attend(*inputs)
    assert (got - wide).abs().max() <= 2 * (eager - wide).abs().max()


@pytest.mark.parametrize("edge", [NAN, INF, -INF])
def test_an_edge_among_keys_and_values(edge):
    q, k, v = _inputs()
    k[0, 0, 1500, 3] = v[0, 1, 700, 5] = edge
    check(attend, q, k, v, rtol=1e-5, atol=1e-5)


def test_scores_that_grow_from_row_to_row():
    q, k, v = _inputs()
    check(attend, q.abs(), k.abs() * torch.arange(KEYS)[:, None] / 100, v, rtol=1e-5, atol=1e-5)


def test_masks_of_a_batch():
    """Each has a row of its own: nothing left, all alike, one row left, some rows left."""
    q, k, v = _inputs(torch.float16, batch=2)
    mask = torch.zeros(2, 1, 1, KEYS, dtype=torch.float16)
    mask[0], mask[1] = -INF, torch.finfo(torch.float16).min
    check(attend_masked, q, k, v, mask, rtol=2e-3, atol=2e-3)
    mask[0, ..., 1300], mask[1, ..., :900] = 0, 0
    check(attend_masked, q, k, v, mask, rtol=2e-3, atol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("device", ["emulation", "sw_emu"])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_on_each_device(dtype, device):
    inputs = _inputs(dtype, batch=2)
    mask = torch.arange(KEYS)[None, None, None] < 1234
    torch._dynamo.reset()
    options = {"placement": "fpga", "device": device}
    tolerance = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}[dtype]
    with torch.no_grad():
        for function, given in ((attend, inputs), (attend_masked, [*inputs, mask])):
            got = torch.compile(function, backend="fpga", options=options)(*given)
            torch.testing.assert_close(got, function(*given), rtol=tolerance, atol=tolerance)


def test_few_keys_or_many_queries_are_products():
    assert "attend_keys" in _templates(_design(attend, *_inputs()))
    assert "attend_keys" not in _templates(_design(attend, *_inputs(keys=64)))
    q, k, v = _inputs()
    for other in (q.expand(1, 4, 5, 64), q[:, :2].expand(1, 2, 9, 64)):
        assert "attend_keys" not in _templates(_design(attend, other, k, v))
    causal = torch.nn.functional.scaled_dot_product_attention
    assert "attend_keys" not in _templates(
        _design(lambda q, k, v: causal(q, k, v, is_causal=True), q, k[:, :1], v[:, :1])
    )


def test_keys_of_another_layout_are_read_through_one_port():
    q, k, v = _inputs()
    turned = [x.transpose(1, 2).contiguous().transpose(1, 2) for x in (k, v)]
    templates = _templates(_design(attend, q, *turned))
    assert (templates.count("attend_keys"), templates.count("merge_attention")) == (1, 1)


@pytest.mark.parametrize("target", ["u55c", "u280", "v80"])
def test_a_design_that_fits_its_card(target):
    """32 heads in 8 groups over 32,768 keys in float16, and what it reaches of the memory by the closed form."""
    q, (k, v) = torch.zeros(1, 32, 1, 128).half(), torch.zeros(2, 1, 8, 32768, 128).half()
    design = _design(attend, q, k, v, target=target)
    assert all(taken <= design.room[name] for name, taken in design.resources.items())
    assert design.memory_share > 0.35
