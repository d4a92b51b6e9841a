from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import Tensor

import torch_fpga
from tests.agree import EMULATION, differences
from tests.memory.dense import attention, largest, rotated
from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory import STEPS, CacheSize, ShadowKV

SIZE = CacheSize(2, 4, 2, 8, 48)
OPTIONS = {"generated": 9, "chunk": 4, "rank": 5, "token_budget": 12, "local": 2, "outliers": 2}


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def _tokens(count: int) -> tuple[Tensor, Tensor]:
    return torch.randn(2, 2, count, 8), torch.randn(2, 2, count, 8)


def _turned(keys: Tensor) -> Tensor:
    return torch.stack([rotated(keys[:, :, t], t) for t in range(keys.shape[2])], 2)


def shadow(query: Tensor, keys: Tensor, values: Tensor, prompt: int) -> Tensor:
    """Chunk by chunk; keys are made of the first singular vectors where they are not kept."""
    batch, heads, length, width = keys.shape
    chunk, chunks, group = OPTIONS["chunk"], max(prompt // OPTIONS["chunk"] - OPTIONS["local"], 0), 2
    exact, query = _turned(keys), rotated(query, length - 1)
    low = keys.clone()
    for b in range(batch):
        rows = keys[b, :, :prompt].transpose(0, 1).reshape(prompt, -1).double().numpy()
        u, s, v = np.linalg.svd(rows, full_matrices=False)
        made = torch.tensor((u[:, :5] * s[:5]) @ v[:5]).float().reshape(prompt, heads, width)
        low[b, :, :prompt] = made.transpose(0, 1)
    low = _turned(low)
    kept = exact.clone()
    chosen: dict[tuple[int, int], list[int]] = {}
    for b in range(batch):
        for g in range(heads):
            parts = [exact[b, g, i * chunk : (i + 1) * chunk] for i in range(chunks)]
            marks = [part.mean(0) for part in parts]
            unlike = [
                -min(float(k @ mark / (k.norm() * mark.norm())) for k in part)
                for part, mark in zip(parts, marks, strict=True)
            ]
            outliers = largest(unlike, OPTIONS["outliers"])
            rest = [i for i in range(chunks) if i not in outliers]
            weights = [
                torch.softmax(torch.stack([query[b, h, 0] @ marks[i] for i in rest]) / math.sqrt(width), 0).tolist()
                for h in range(g * group, (g + 1) * group)
                if rest
            ]
            scores = [max(of_head[n] for of_head in weights) for n in range(len(rest))]
            found = [rest[n] for n in largest(scores, OPTIONS["token_budget"] // chunk)]
            for i in found:
                kept[b, g, i * chunk : (i + 1) * chunk] = low[b, g, i * chunk : (i + 1) * chunk]
            seen = [t for i in (*found, *outliers) for t in range(i * chunk, (i + 1) * chunk)]
            chosen[b, g] = [*seen, *range(chunks * chunk, length)]
    return attention(query, kept, values, lambda b, h, s: chosen[b, h // group])


@pytest.mark.parametrize("prompt", [3, 11, 12, 16, 20, 21, 47, 48])
@pytest.mark.parametrize("following", [1, 6])
def test_against_the_definition(prompt: int, following: int):
    memory, (keys, values), query = ShadowKV(SIZE, **OPTIONS), _tokens(prompt + following), torch.randn(2, 4, 1, 8)
    memory.prompt(keys[:, :, :prompt], values[:, :, :prompt])
    for t in range(prompt, prompt + following - 1):
        memory.prepare(keys[:, :, t : t + 1], values[:, :, t : t + 1])
    answer = memory(query, keys[:, :, -1:], values[:, :, -1:])
    torch.testing.assert_close(answer, shadow(query, keys, values, prompt), atol=1e-4, rtol=1e-4)


def test_of_full_rank_and_budget_it_is_dense_attention():
    memory = ShadowKV(SIZE, **{**OPTIONS, "rank": 16, "token_budget": 48})
    (keys, values), query = _tokens(48), torch.randn(2, 4, 1, 8)
    memory.prompt(keys, values)
    dense = attention(rotated(query, 47), _turned(keys), values, lambda *_: range(48))
    torch.testing.assert_close(memory(query), dense, atol=1e-4, rtol=1e-4)


def test_a_prompt_takes_the_place_of_what_was_there():
    used, new, query = ShadowKV(SIZE, **OPTIONS), ShadowKV(SIZE, **OPTIONS), torch.randn(2, 4, 1, 8)
    used.prompt(*_tokens(48))
    used.prepare(*_tokens(3))
    tokens = _tokens(21)
    used.prompt(*tokens)
    new.prompt(*tokens)
    assert torch.equal(used(query), new(query))


def test_an_empty_memory_answers_with_zeros():
    assert torch.equal(ShadowKV(SIZE, **OPTIONS)(torch.randn(2, 4, 1, 8)), torch.zeros(2, 4, 1, 8))


def test_without_a_prompt_all_is_exact():
    memory, (keys, values), query = ShadowKV(SIZE, **OPTIONS), _tokens(7), torch.randn(2, 4, 1, 8)
    dense = attention(rotated(query, 6), _turned(keys), values, lambda *_: range(7))
    torch.testing.assert_close(memory(query, keys, values), dense)


def test_tokens_for_which_there_is_no_room():
    memory, query = ShadowKV(SIZE, **OPTIONS), torch.randn(2, 4, 1, 8)
    with pytest.raises(OutOfRangeError, match="a prompt of 49 tokens; there is room for 48"):
        memory.prompt(*_tokens(49))
    memory.prompt(*_tokens(47))
    memory.prepare(*_tokens(8))
    before = memory(query)
    with pytest.raises(OutOfRangeError, match="2 entries do not fit: 19 of 20 are taken"):
        memory.prepare(*_tokens(2))
    assert torch.equal(memory(query), before)
    memory.prepare(*_tokens(1))
    assert memory.length == 56


def test_keys_of_no_number():
    memory, (keys, values), query = ShadowKV(SIZE, **OPTIONS), _tokens(40), torch.randn(2, 4, 1, 8)
    memory.prompt(keys, values)
    before = memory(query)
    keys[1, 0, 3] = torch.nan
    with pytest.raises(torch.linalg.LinAlgError):
        memory.prompt(keys, values)
    assert torch.equal(memory(query), before)
    keys, values = _tokens(1)
    keys[1, 0] = torch.nan
    out = memory(query, keys, values)
    assert out[1, :2].isnan().all()
    assert out[0].isfinite().all()


def test_equal_keys():
    memory, (keys, values) = ShadowKV(SIZE, **OPTIONS), _tokens(1)
    memory.prompt(keys.expand(-1, -1, 40, -1), values.expand(-1, -1, 40, -1))
    torch.testing.assert_close(memory(torch.randn(2, 4, 1, 8)), values[:, [0, 0, 1, 1]])


def test_a_query_of_another_width_is_refused_and_nothing_is_prepared():
    memory = ShadowKV(SIZE, **OPTIONS)
    with pytest.raises(UserError, match=r"a query of shape \[2, 4, 1, 7\]"):
        memory(torch.randn(2, 4, 1, 7), *_tokens(1))
    assert memory.length == 0


@pytest.mark.parametrize("options", [{"rank": 0}, {"chunk": 7}, {"local": 0}])
def test_what_no_memory_is_made_of(options: dict[str, int]):
    with pytest.raises(UserError, match=r"chunks of \d tokens in 48"):
        ShadowKV(SIZE, **options)


def test_defaults():
    memory = ShadowKV(CacheSize(1, 32, 8, 128, 65536, device="meta"))
    assert (memory.chunk, memory.rank, memory.best, memory.local, memory.outliers) == (8, 160, 256, 4, 48)
    assert memory.landmarks.shape == (1, 8, 8192, 128)


def test_relevancy_and_retrieval_are_one_kernel():
    memory = ShadowKV(SIZE, **OPTIONS)
    memory.prompt(*_tokens(44))
    asked, options = memory.ask(torch.randn(2, 4, 1, 8)), {**EMULATION, "placement": "fpga"}
    chosen = torch.compile(lambda asked: memory.retrieve(memory.relevancy(asked)), backend="fpga", options=options)
    with torch.no_grad():
        found, wanted = chosen(asked), memory.retrieve(memory.relevancy(asked))
    assert torch.equal(found.indices.sort().values, wanted.indices.sort().values)
    assert found.valid.all()
    (graph,) = torch_fpga.last_report().graphs
    assert [region.steps for region in graph.on("fpga")] == [["relevancy", "retrieve"]]
    assert graph.fallbacks == []


@pytest.mark.usefixtures("no_builds")
def test_a_step_of_decoding_is_one_graph_that_writes_as_eager_does():
    memory = ShadowKV(SIZE, **OPTIONS)
    memory.prompt(*_tokens(44))
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    with torch.no_grad():
        for call in [(torch.randn(2, 4, 1, 8), *_tokens(1)) for _ in range(3)]:
            torch.testing.assert_close(compiled(*call), twin(*call))
    for ours, eager in zip(memory.buffers(), twin.buffers(), strict=True):
        torch.testing.assert_close(ours, eager)
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS)


@pytest.mark.slow
def test_compiled():
    memory = ShadowKV(SIZE, **OPTIONS)
    memory.prompt(*_tokens(44))
    calls = [(torch.randn(2, 4, 1, 8), *_tokens(1)) for _ in range(3)]
    assert differences(memory, calls, {"placement": "fpga"}) == []
