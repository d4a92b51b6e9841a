from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.memory.dense import attention, largest, tokens_of
from torch_fpga.memory import CacheSize, NativeSparseAttention

SIZE = CacheSize(2, 4, 2, 8, 36)


def nsa(memory: NativeSparseAttention, query: Tensor, states: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Block by block; the query is of the last tokens."""
    block, group = memory.block, query.shape[1] // keys.shape[1]
    before = keys.shape[2] - query.shape[2]

    def weights(b: int, h: int, s: int) -> Tensor:
        count = (before + s + 1) // block
        means = [keys[b, h // group, i * block : (i + 1) * block].mean(0) for i in range(count)]
        scores = [query[b, h, s] @ mean / math.sqrt(query.shape[-1]) for mean in means]
        return torch.softmax(torch.stack(scores), 0) if scores else torch.zeros(0)

    def chosen(b: int, h: int, s: int) -> list[int]:
        g, own = h // group, (before + s) // block
        shared = [0.0] * (own + 1)
        for head in range(g * group, (g + 1) * group):
            for i, p in enumerate([*weights(b, head, s).tolist(), 0.0][: own + 1]):
                shared[i] += 1.0 if i == own else p
        return tokens_of(largest(shared, memory.topk), block, before + s + 1)

    whole = torch.zeros_like(query)
    for b in range(query.shape[0]):
        for h in range(query.shape[1]):
            for s in range(query.shape[2]):
                for i, p in enumerate(weights(b, h, s)):
                    whole[b, h, s] += p * values[b, h // group, i * block : (i + 1) * block].mean(0)
    parts = (
        whole,
        attention(query, keys, values, chosen),
        attention(query, keys, values, lambda b, h, s: range(max(0, before + s + 1 - memory.window), before + s + 1)),
    )
    out = torch.zeros_like(query)
    for h in range(query.shape[1]):
        for i, part in enumerate(parts):
            out[:, h] += torch.sigmoid(states @ memory.g_proj.weight[3 * h + i])[..., None] * part[:, h]
    return out


@pytest.mark.parametrize("tokens", [1, 6, 30])
@pytest.mark.parametrize(("length", "block", "topk", "window"), [(30, 4, 3, 5), (32, 8, 2, 40), (31, 4, 2, 1)])
def test_against_the_definition(tokens: int, length: int, block: int, topk: int, window: int):
    torch.manual_seed(length)
    memory = NativeSparseAttention(SIZE, 6, block=block, topk=topk, window=window)
    keys, values, query = (torch.randn(2, n, m, 8) for n, m in ((2, length), (2, length), (4, tokens)))
    states, before = torch.randn(2, tokens, 6), length - tokens
    with torch.no_grad():
        if before:
            memory.prepare(keys[:, :, :before], values[:, :, :before])
        answer = memory((query, states), keys[:, :, before:], values[:, :, before:])
        torch.testing.assert_close(answer, nsa(memory, query, states, keys, values))


def test_fewer_blocks_than_are_selected():
    """One incomplete block: nothing is compressed, and the two attentions see the same."""
    torch.manual_seed(0)
    memory = NativeSparseAttention(SIZE, 6, block=8, topk=4, window=16)
    keys, values, query = (torch.randn(2, n, m, 8) for n, m in ((2, 3), (2, 3), (4, 1)))
    states = torch.randn(2, 1, 6)
    with torch.no_grad():
        answer = memory((query, states), keys, values)
        gates = torch.sigmoid(memory.g_proj(states)).reshape(2, 4, 3)[..., 1:].sum(-1)
        dense = attention(query, keys, values, lambda *_: range(3))
    torch.testing.assert_close(answer, gates[:, :, None, None] * dense)


def test_defaults():
    memory = NativeSparseAttention(CacheSize(1, 64, 4, 32, 65536, device="meta"), 2048)
    assert (memory.block, memory.blocks, memory.topk, memory.window) == (64, 1024, 16, 512)
    assert memory.g_proj.weight.shape == (192, 2048)
