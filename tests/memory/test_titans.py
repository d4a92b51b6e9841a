from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import torch_fpga
from tests.agree import EMULATION, differences
from torch_fpga.errors import UserError
from torch_fpga.memory import STEPS, Titans

BATCH, HEADS, TOKENS, WIDTH = 2, 2, 5, 6


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def _chunk() -> tuple[Tensor, ...]:
    keys, values = (torch.randn(BATCH, HEADS, TOKENS, WIDTH) for _ in range(2))
    return keys, values, *(torch.rand(BATCH, HEADS, TOKENS) * most for most in (0.1, 1.0, 0.5))


def _memory(**options: int) -> Titans:
    return Titans(BATCH, HEADS, WIDTH, **options).requires_grad_(False)


def _answer(weights: list[Tensor], x: Tensor) -> Tensor:
    return F.gelu(x @ weights[0]) @ weights[1]


def titans(memory: Titans, queries: list[Tensor], chunks: list[tuple[Tensor, ...]]) -> list[Tensor]:
    """Token by token, with the gradients of autograd by the weights that a chunk begins with."""
    outputs = [torch.zeros_like(query) for query in queries]
    for b in range(BATCH):
        for h in range(HEADS):
            weights = [start[h].clone() for start in memory.starts()]
            surprises = [torch.zeros_like(w) for w in weights]
            for n, (query, chunk) in enumerate(zip(queries, chunks, strict=True)):
                first = [w.clone().requires_grad_() for w in weights]
                keys, values, theta, eta, alpha = (part[b, h] for part in chunk)
                for t in range(TOKENS):
                    outputs[n][b, h, t] = _answer(first, query[b, h, t]).detach()
                    loss = (_answer(first, keys[t]) - values[t]).pow(2).sum()
                    slopes = torch.autograd.grad(loss, first)
                    for i, slope in enumerate(slopes):
                        surprises[i] = eta[t] * surprises[i] - theta[t] * slope
                        weights[i] = (1 - alpha[t]) * weights[i] + surprises[i]
    return outputs


@pytest.mark.parametrize("options", [{}, {"hidden": 4}])
def test_against_the_definition(options: dict[str, int]):
    memory, queries = _memory(**options), [torch.randn(BATCH, HEADS, TOKENS, WIDTH) for _ in range(4)]
    chunks = [_chunk() for _ in queries]
    for query, chunk, wanted in zip(queries, chunks, titans(memory, queries, chunks), strict=True):
        torch.testing.assert_close(memory(query, *chunk), wanted, atol=1e-4, rtol=1e-4)


def test_all_is_forgotten_and_momentum_lost_where_the_gates_say_so():
    memory, query, (keys, values, theta, *_) = _memory(), torch.randn(BATCH, HEADS, TOKENS, WIDTH), _chunk()
    memory(query, *_chunk())
    none, whole = torch.zeros_like(theta), torch.ones_like(theta)
    memory(query, keys, values, none, none, whole)
    assert not any(weight.any() for weight in (*memory.weights, *memory.updates))
    assert torch.equal(memory(query), torch.zeros_like(query))


def test_a_memory_that_was_emptied_is_as_new():
    memory, query = _memory(), torch.randn(BATCH, HEADS, TOKENS, WIDTH)
    first = memory(query, *_chunk())
    assert not torch.equal(memory(query), first)
    memory.reset()
    assert torch.equal(memory(query), first)


def test_what_it_learns_it_recalls():
    """One pair, again and again: the answer comes near."""
    memory, (keys, values, *_) = _memory(), _chunk()
    keys, values = keys[:, :, :1], values[:, :, :1]
    gates = [torch.full((BATCH, HEADS, 1), gate) for gate in (0.05, 0.5, 0.0)]
    errors = [float((memory(keys, keys, values, *gates) - values).pow(2).mean()) for _ in range(30)]
    assert errors[-1] < 0.05 * errors[0]


@pytest.mark.parametrize("shape", [(BATCH, HEADS, TOKENS, 5), (BATCH, 3, TOKENS, WIDTH)])
def test_a_query_of_another_width(shape: tuple[int, ...]):
    memory, chunk = _memory(), _chunk()
    before = memory.weights[0].clone()
    with pytest.raises(UserError, match=r"a query of shape .*; it should be \[2, 2, tokens, 6\]"):
        memory(torch.randn(shape), *chunk)
    assert torch.equal(memory.weights[0], before)


def test_a_key_of_no_number_spoils_its_head():
    memory, (keys, *rest) = _memory(), _chunk()
    keys[1, 0, 2] = torch.nan
    memory.prepare(keys, *rest)
    out = memory(torch.randn(BATCH, HEADS, TOKENS, WIDTH))
    assert out[1, 0].isnan().all()
    assert out[0].isfinite().all()


def test_defaults():
    assert Titans(1, 2, 8).weights[0].shape == (1, 2, 8, 16)


@pytest.mark.usefixtures("no_builds")
def test_a_chunk_is_one_graph_that_writes_as_eager_does():
    memory = _memory()
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    for _ in range(3):
        call = torch.randn(BATCH, HEADS, TOKENS, WIDTH), *_chunk()
        torch.testing.assert_close(compiled(*call), twin(*call))
    for ours, eager in zip(memory.buffers(), twin.buffers(), strict=True):
        torch.testing.assert_close(ours, eager)
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS) - {"retrieve"}  # all is retrieved


@pytest.mark.slow
@pytest.mark.parametrize("learns", [False, True])
def test_compiled(learns: bool):
    queries = [torch.randn(BATCH, HEADS, TOKENS, WIDTH) for _ in range(3)]
    calls = [(query, *(_chunk() if learns else ())) for query in queries]
    assert differences(_memory(), calls, {"placement": "fpga"}) == []
