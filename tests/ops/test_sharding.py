"""The estimate and lowering agree on which matrices are sharded over memory channels, and how large they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import fx

from tests.kernels import trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.passes.fx.group import fused_work
from torch_fpga.sharding import LEAST_BYTES, Blocks, is_sharded, product_of
from torch_fpga.targets.kernel import kernel_options
from torch_fpga.views import View

Form = Callable[[torch.Tensor, int], tuple[Callable[..., torch.Tensor], tuple[torch.Tensor, ...]]]


def _vector(kind: torch.dtype, size: int, count: int) -> torch.Tensor:
    return torch.zeros((size,) if count == 1 else (size, count), dtype=kind)


# How a matrix [rows, cols] takes part in a product: of itself, through views, of a part of it, converted, computed.
FORMS: dict[str, Form] = {
    "rows": lambda m, n: (lambda m, v: m @ v, (m, _vector(m.dtype, m.shape[1], n))),
    "columns": lambda m, n: (lambda m, v: v.t() @ m, (m, torch.zeros(m.shape[0], n, dtype=m.dtype))),
    "the right side": lambda m, n: (lambda m, v: v @ m.t(), (m, torch.zeros(n, m.shape[1], dtype=m.dtype))),
    "transposed": lambda m, n: (lambda m, v: m.t() @ v, (m, _vector(m.dtype, m.shape[0], n))),
    "transposed in memory": lambda m, n: (
        lambda m, v: m @ v,
        (torch.zeros(m.shape[::-1], dtype=m.dtype).t(), _vector(m.dtype, m.shape[1], n)),
    ),
    "of a batch": lambda m, n: (
        lambda m, v: torch.bmm(m, v),
        (m.reshape(1, *m.shape), torch.zeros(1, m.shape[1], n, dtype=m.dtype)),
    ),
    "in two": lambda m, n: (
        lambda m, v: torch.bmm(m, v),
        (torch.zeros(2, *m.shape, dtype=m.dtype), torch.zeros(2, m.shape[1], n, dtype=m.dtype)),
    ),
    "reshaped": lambda m, n: (
        lambda m, v: m.view(-1, m.shape[-1]) @ v,
        (m.reshape(m.shape[0], 1, m.shape[1]), _vector(m.dtype, m.shape[1], n)),
    ),
    "the first rows": lambda m, n: (lambda m, v: m[: len(m) // 2 + 1] @ v, (m, _vector(m.dtype, m.shape[1], n))),
    "the last rows": lambda m, n: (lambda m, v: m[len(m) // 2 :] @ v, (m, _vector(m.dtype, m.shape[1], n))),
    "the first columns": lambda m, n: (
        lambda m, v: m[:, : len(v)] @ v,
        (m, _vector(m.dtype, m.shape[1] // 2 + 1, n)),
    ),
    "computed": lambda m, n: (lambda m, v: m.abs() @ v, (m, _vector(m.dtype, m.shape[1], n))),
    "converted": lambda m, n: (lambda m, v: m.float() @ v, (m, _vector(torch.float32, m.shape[1], n))),
    "a view converted": lambda m, n: (
        lambda m, v: m[: len(m) // 2 + 1].float() @ v,
        (m, _vector(torch.float32, m.shape[1], n)),
    ),
    "converted and transposed": lambda m, n: (
        lambda m, v: m.float().t() @ v,
        (m, _vector(torch.float32, m.shape[0], n)),
    ),
    "transposed and converted": lambda m, n: (
        lambda m, v: v @ m.t().float(),
        (m, torch.zeros(n, m.shape[1], dtype=torch.float32)),
    ),
    "a batch converted": lambda m, n: (
        lambda m, v: torch.bmm(m.float(), v),
        (m.reshape(1, *m.shape), torch.zeros(1, m.shape[1], n)),
    ),
    "scaled a row": lambda m, n: (
        lambda m, s, v: (m.float() * s[:, None]) @ v,
        (m, torch.zeros(len(m)), _vector(torch.float32, m.shape[1], n)),
    ),
    "scaled twice": lambda m, n: (
        lambda m, s, v: (s * m / 3 * s[:, :1]) @ v,
        (m, torch.zeros(1, m.shape[1]), _vector(torch.float32, m.shape[1], n)),
    ),
    "rounded after it was scaled": lambda m, n: (
        lambda m, s, v: (m.float() * s[:, None]).bfloat16() @ v,
        (m, torch.zeros(len(m)), _vector(torch.bfloat16, m.shape[1], n)),
    ),
    "scaled and transposed": lambda m, n: (
        lambda m, s, v: v @ (m.float() / s[:, None]).t(),
        (m, torch.zeros(len(m)), torch.zeros(n, m.shape[1])),
    ),
    "with a bias": lambda m, n: (
        lambda m, v, b: torch.addmv(b, m, v),
        (m, _vector(m.dtype, m.shape[1], 1), torch.zeros(m.shape[0], dtype=m.dtype)),
    ),
}


def _estimated(graph: fx.GraphModule) -> int:
    return fused_work([node for node in graph.graph.nodes if node.op == "call_function"]).sharded_bytes


def _lowered(graph: fx.GraphModule) -> int:
    """Bytes of the inputs that the kernel reads over several channels."""
    ports = lower(graph, "kernel", Dump(), kernel_options("u55c")).signature.ports
    whole = {port.arg: port.elements * port.dtype.itemsize for port in ports if port.channels > 1}
    return sum(whole.values())


@settings(max_examples=6, deadline=None)
@given(
    rows=st.sampled_from([3, 64, 1000, 4096, 9000]),
    cols=st.sampled_from([1, 16, 65, 128, 2048]),
    kind=st.sampled_from([torch.float32, torch.bfloat16, torch.int8, torch.int64]),
    count=st.sampled_from([1, 1, 2]),
)
@pytest.mark.parametrize("form", FORMS)
def test_the_estimate_is_what_lowering_does(form, rows, cols, kind, count):
    function, inputs = FORMS[form](torch.zeros(rows, cols, dtype=kind), count)
    graph = trace(function, *inputs)
    if any(node.meta.get("support") for node in graph.graph.nodes):
        return
    estimated, lowered = _estimated(graph), _lowered(graph)
    assert (estimated > 0) == (lowered > 0)
    assert estimated <= lowered  # a view of an input may leave some of it out
    if "first" not in form and "view" not in form:
        assert estimated == lowered


def test_what_each_form_gives():
    """So that the test above does not agree on nothing."""
    found = {}
    for form, make in FORMS.items():
        function, inputs = make(torch.zeros(8192, 256, dtype=torch.int8 if "converted" in form else torch.float32), 1)
        found[form] = _estimated(trace(function, *inputs)) > 0
    assert {form for form, there in found.items() if there} == {
        *("rows", "the right side", "of a batch", "reshaped", "the first rows", "with a bias"),
        *("converted", "a batch converted", "scaled a row", "scaled twice", "scaled and transposed"),
    }


# How keys and values come to the attention of a step.
CACHES = {
    "inputs": lambda x: x,
    "computed": lambda x: x.abs(),
    "of another layout": lambda x: x.transpose(1, 2).contiguous().transpose(1, 2),
    "a part": lambda x: x[:, :, :-1],
    "a copy of a part": lambda x: x[:, :, :-1].contiguous(),
    "odd rows": lambda x: x[..., :-1].contiguous(),
}


@pytest.mark.parametrize("keys", [1000, 8192])
@pytest.mark.parametrize("cache", CACHES)
def test_the_estimate_of_attention_is_what_lowering_does(cache, keys):
    q, k, v = torch.zeros(1, 4, 1, 128), torch.zeros(1, 2, keys, 128), torch.zeros(1, 2, keys, 128)
    attend = torch.nn.functional.scaled_dot_product_attention
    inside = cache in ("computed", "a part")
    change = CACHES[cache]
    k, v = (k, v) if inside else (change(k), change(v))
    q = q[..., : k.shape[-1]]
    prepare = change if inside else CACHES["inputs"]
    graph = trace(lambda q, k, v: attend(q, prepare(k), prepare(v), enable_gqa=True), q, k, v)
    assert _estimated(graph) == _lowered(graph)
    assert (_estimated(graph) > 0) == (keys == 8192 and cache in ("inputs", "a copy of a part"))


def test_where_a_matrix_begins_to_be_sharded():
    rows = LEAST_BYTES // (4 * 64)
    assert is_sharded(View.whole([1, rows, 64]), 1, 4)
    assert not is_sharded(View.whole([1, rows - 1, 64]), 1, 4)
    assert not is_sharded(View.whole([1, rows, 64]), 2, 4)
    assert not is_sharded(View.whole([2, rows, 64]), 1, 4)
    assert not is_sharded(View(64, (1, rows, 64), (0, 64, 1)), 1, 4)
    assert not is_sharded(View.whole([1, rows, 65]), 1, 4), "rows that are no whole beats"
    assert not is_sharded(View.whole([1, 16, 1 << 16]), 1, 4), "one block"


@given(rows=st.integers(17, 100_000), channels=st.integers(2, 32))
def test_blocks_hold_all_rows(rows, channels):
    blocks = Blocks.of(rows, channels)
    sizes = [blocks.size(block) for block in range(blocks.count)]
    assert 2 <= blocks.count <= channels
    assert sum(sizes) == rows
    assert sizes[:-1] == [blocks.each] * (blocks.count - 1)
    assert blocks.each % 16 == 0
    assert 0 < sizes[-1] <= blocks.each


def test_how_a_product_is_made():
    assert product_of(View.whole([9, 4]), View.whole([4])).matrix == View.whole([1, 9, 4])
    right = product_of(View.whole([1, 4]), View.whole([9, 4]).permute([1, 0]))
    assert (right.turned, right.summed, right.matrix) == (True, False, View.whole([1, 9, 4]))
    assert product_of(View.whole([4]), View.whole([4, 9])).summed
