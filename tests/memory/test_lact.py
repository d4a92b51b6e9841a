from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import torch_fpga
from tests.agree import EMULATION, differences
from torch_fpga.errors import UserError
from torch_fpga.memory import STEPS, LaCT

BATCH, HEADS, TOKENS, WIDTH = 2, 2, 5, 6


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def _chunk() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    keys, values = (torch.randn(BATCH, HEADS, TOKENS, WIDTH) for _ in range(2))
    return keys, values, torch.rand(BATCH, HEADS, TOKENS, 3), torch.rand(BATCH, HEADS, TOKENS)


def _memory(**options: object) -> LaCT:
    memory = LaCT(BATCH, HEADS, WIDTH, **{"hidden": 7, "rank": 3, **options})
    return memory.requires_grad_(False)


def _answer(weights: list[Tensor], x: Tensor) -> Tensor:
    w0, w1, w2 = weights
    return w1 @ (F.silu(w0 @ x) * (w2 @ x))


def _orthogonalised(matrix: Tensor) -> Tensor:
    """By its singular values, which Newton and Schulz's steps bring near 1."""
    steps = [
        (4.0848, -6.8946, 2.9270), (3.9505, -6.3029, 2.6377), (3.7418, -5.5913, 2.3037), (2.8769, -3.1427, 1.2046),
        (2.8366, -3.0525, 1.2012),
    ]  # fmt: skip
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    values = values / matrix.norm()
    for a, b, c in steps:
        values = a * values + b * values**3 + c * values**5
    return left @ torch.diag(values) @ right


def _updates(weights: list[Tensor], before: list[Tensor], chunk: list[Tensor]) -> list[Tensor]:
    """Of one head, each weight's by its own learning rates."""
    keys, values, rates, momentum = chunk
    updates = []
    for i, last in enumerate(before):
        weight = weights[i].clone().requires_grad_()
        used = [*weights[:i], weight, *weights[i + 1 :]]
        loss = sum(-rates[t, i] * (_answer(used, keys[t]) @ values[t]) for t in range(TOKENS))
        (slope,) = torch.autograd.grad(loss, weight)
        updates.append(momentum.mean() * last - slope)
    return updates


def lact(memory: LaCT, queries: list[Tensor], chunks: list[tuple[Tensor, ...]]) -> list[Tensor]:
    """Token by token, with the gradients of autograd."""
    outputs = [torch.zeros_like(query) for query in queries]
    for b in range(BATCH):
        for h in range(HEADS):
            first = [start[h] for start in memory.starts()]
            weights, before = [w.clone() for w in first], [torch.zeros_like(w) for w in first]
            for n, (query, chunk) in enumerate(zip(queries, chunks, strict=True)):
                for t in range(TOKENS):
                    outputs[n][b, h, t] = _answer(weights, query[b, h, t])
                before = _updates(weights, before, [part[b, h] for part in chunk])
                learned = [_orthogonalised(update) for update in before] if memory.muon else before
                grown = [w + update for w, update in zip(weights, learned, strict=True)]
                weights = [
                    w * (start.norm(dim=1) / (w.norm(dim=1) + 1e-5))[:, None]
                    for w, start in zip(grown, first, strict=True)
                ]
    return outputs


@pytest.mark.parametrize("options", [{}, {"muon": True}, {"hidden": 4, "muon": True}])
def test_against_the_definition(options: dict[str, object]):
    memory, queries = _memory(**options), [torch.randn(BATCH, HEADS, TOKENS, WIDTH) for _ in range(3)]
    chunks = [_chunk() for _ in queries]
    for query, chunk, wanted in zip(queries, chunks, lact(memory, queries, chunks), strict=True):
        torch.testing.assert_close(memory(query, *chunk), wanted, atol=1e-4, rtol=1e-4)


def test_a_chunk_is_answered_before_it_is_learned_and_a_last_one_is_not_learned():
    memory, query = _memory(), torch.randn(BATCH, HEADS, TOKENS, WIDTH)
    first = memory(query)
    torch.testing.assert_close(memory(query, *_chunk()), first)
    assert not torch.allclose(memory(query), first)
    assert torch.equal(memory(query), memory(query))


def test_a_memory_that_was_emptied_is_as_new():
    memory, query = _memory(), torch.randn(BATCH, HEADS, TOKENS, WIDTH)
    first, chunk = memory(query, *_chunk()), _chunk()
    learned = memory(query)
    memory.reset()
    assert torch.equal(memory(query), first)
    memory(query, *chunk)
    assert not torch.equal(memory(query), learned)


def test_rows_keep_their_lengths():
    memory = _memory(muon=True)
    for _ in range(4):
        memory.prepare(*_chunk())
    for name, start in zip(("w0", "w1", "w2"), memory.starts(), strict=True):
        length = memory.get_buffer(name).norm(dim=-1)
        torch.testing.assert_close(length, start.norm(dim=-1).expand_as(length), atol=1e-4, rtol=1e-4)


def test_half_precision():
    memory, query = _memory(), torch.randn(BATCH, HEADS, TOKENS, WIDTH)
    answer = memory(query.bfloat16(), *(part.bfloat16() for part in _chunk()))
    assert answer.dtype is torch.bfloat16
    memory.reset()
    torch.testing.assert_close(answer.float(), memory(query), atol=3e-2, rtol=3e-2)


@pytest.mark.parametrize("shape", [(BATCH, HEADS, TOKENS, 5), (BATCH, 3, TOKENS, WIDTH), (HEADS, TOKENS, WIDTH)])
def test_a_query_of_another_width(shape: tuple[int, ...]):
    memory, chunk = _memory(), _chunk()
    before = memory.weights[0].clone()
    with pytest.raises(UserError, match=r"a query of shape .*; it should be \[2, 2, tokens, 6\]"):
        memory(torch.randn(shape), *chunk)
    with pytest.raises(UserError, match="a query of shape"):
        memory.prepare(torch.randn(shape), *chunk[1:])
    assert torch.equal(memory.weights[0], before)


def test_a_key_of_no_number_spoils_its_head():
    memory, (keys, *rest) = _memory(), _chunk()
    keys[1, 0, 2] = torch.nan
    memory.prepare(keys, *rest)
    out = memory(torch.randn(BATCH, HEADS, TOKENS, WIDTH))
    assert out[1, 0].isnan().all()
    assert out[0].isfinite().all()
    assert out[1, 1].isfinite().all()


def test_an_answer_is_one_kernel():
    memory, query = _memory(), torch.randn(BATCH, HEADS, TOKENS, WIDTH)
    memory.prepare(*_chunk())
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "fpga"})
    torch.testing.assert_close(compiled(query), memory(query))
    (graph,) = torch_fpga.last_report().graphs
    assert [region.steps for region in graph.on("fpga")] == [["relevancy", "apply"]]
    assert graph.fallbacks == []


@pytest.mark.usefixtures("no_builds")
def test_a_chunk_is_one_graph_that_writes_as_eager_does():
    memory = _memory(muon=True)
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    for _ in range(3):
        call = torch.randn(BATCH, HEADS, TOKENS, WIDTH), *_chunk()
        torch.testing.assert_close(compiled(*call), twin(*call), atol=1e-4, rtol=1e-4)
    for ours, eager in zip(memory.buffers(), twin.buffers(), strict=True):
        torch.testing.assert_close(ours, eager, atol=1e-4, rtol=1e-4)
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS) - {"retrieve"}  # all is retrieved


@pytest.mark.slow
def test_compiled():
    calls = [(torch.randn(BATCH, HEADS, TOKENS, WIDTH), *_chunk()) for _ in range(3)]
    assert differences(_memory(), calls, {"placement": "fpga"}) == []
