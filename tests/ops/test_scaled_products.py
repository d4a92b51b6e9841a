"""Products of tensors that are scaled a row, a column or as a whole: a kernel scales what is multiplied or the sums."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels import check, compiled, trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.targets.kernel import kernel_options

ROWS, COLS = 12, 20
NAN, INF = float("nan"), float("inf")


def forms(keys: torch.Tensor, scales: torch.Tensor, q: torch.Tensor, w: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """``keys`` [rows, cols] int8, ``scales`` [rows], ``q`` [cols], ``w`` [rows]: what is scaled, in products."""
    wide = keys.float()
    return (
        (wide * scales[:, None]) @ q,
        w @ (scales[:, None] * keys),
        ((wide / scales[:, None]) * -0.5) @ q,
        w[None] @ (wide * q),
        torch.bmm((wide * scales[:, None]).reshape(3, -1, COLS), q.expand(3, 2, COLS).transpose(1, 2)),
        torch.bmm(w.reshape(3, 1, -1), (keys * scales[:, None]).reshape(3, -1, COLS)),
    )


def _keys() -> torch.Tensor:
    return torch.randint(-128, 128, (ROWS, COLS), dtype=torch.int8, generator=torch.Generator().manual_seed(0))


def _random(size: int, seed: int) -> torch.Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


@functools.cache
def _kernel() -> Callable[..., Any]:
    return compiled(forms, _keys(), torch.ones(ROWS), torch.ones(COLS), torch.ones(ROWS))


_SCALES = st.one_of(st.just(0.0), st.floats(2.0**-60, 2.0**60, width=32)).flatmap(lambda s: st.sampled_from([s, -s]))


@settings(max_examples=50, deadline=None)
@given(scales=st.lists(_SCALES, min_size=ROWS, max_size=ROWS))
def test_any_scale(scales):
    inputs = _keys(), torch.tensor(scales), _random(COLS, 1), _random(ROWS, 2)
    exact = forms(*(x.double() if x.is_floating_point() else x for x in inputs))
    # Roundings add up by the size of what is summed.
    sizes = forms(inputs[0].abs().double(), *(x.double().abs() for x in inputs[1:]))
    for i, (got, want, size) in enumerate(zip(_kernel()(*inputs), exact, sizes, strict=True)):
        assert torch.equal(got.isfinite(), want.isfinite()), f"result {i}"
        where = want.isfinite()
        error = (got.double() - want).abs()[where]
        assert bool((error <= 1e-5 * size[where].abs()).all()), f"result {i}: {error.max()}"


def test_what_no_number_is():
    scales = torch.ones(ROWS)
    scales[0], scales[4], scales[8] = NAN, INF, -INF
    q = _random(COLS, 1)
    rows, columns, *_ = _kernel()(_keys(), scales, q, _random(ROWS, 2))
    assert rows[0].isnan()
    assert not rows[[4, 8]].isfinite().any()
    assert rows[[1, 2, 3, 5, 6, 7, 9, 10, 11]].isfinite().all()
    assert columns.isnan().all()
    # Where a sum has one sign, an infinite scale gives it to an infinity, as in PyTorch.
    inputs = _keys().abs().clamp(1, 127), scales, q.abs(), _random(ROWS, 2)
    torch.testing.assert_close(_kernel()(*inputs)[0], forms(*inputs)[0], equal_nan=True)
    # Infinities and NaN of the vector.
    for number in (NAN, INF, -INF):
        q[3] = number
        inputs = _keys(), torch.linspace(-2, 2, ROWS), q, _random(ROWS, 2)
        torch.testing.assert_close(_kernel()(*inputs)[0], forms(*inputs)[0], equal_nan=True)


@pytest.mark.parametrize("kind", [torch.float32, torch.float16], ids=str)
@pytest.mark.parametrize("scaled", [lambda k, s: k.float() * s[:, None], lambda k, s: s[:, None] * k.float()])
def test_a_quantised_index_is_read_over_all_channels_wherever_its_scale_stands(scaled, kind):
    keys, scales, q = torch.zeros(65536, 128, dtype=torch.int8), torch.zeros(65536, dtype=kind), torch.zeros(128)

    def tasks(function: Callable[..., Any]) -> list[tuple[str, float]]:
        design = lower(trace(function, keys, scales, q), "kernel", Dump(), kernel_options("u55c")).design
        return [(task.template, task.end) for phase in design.phases for task in phase.tasks]

    before = tasks(lambda k, s, q: torch.topk(scaled(k, s) @ q, 16))
    assert before == tasks(lambda k, s, q: torch.topk((k.float() @ q) * s, 16))
    assert {"load_vectors_after", "topk_of_block"} <= set(dict(before))


def test_scales_of_16_bits_in_blocks():
    """Of so many rows that the last block's are no whole vectors."""
    rows = 8207
    keys = torch.randint(-128, 128, (rows, 128), dtype=torch.int8, generator=torch.Generator().manual_seed(2))
    inputs = keys, _random(rows, 3).abs().half() + 0.1, _random(128, 4)
    check(lambda k, s, q: torch.topk((k.float() * s[:, None]) @ q, 16), *inputs, rtol=1e-4, atol=1e-4)
