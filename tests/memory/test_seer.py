from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.memory.dense import attention, largest, rotated, tokens_of
from torch_fpga.memory import CacheSize, SeerAttention

SIZE = CacheSize(2, 4, 2, 8, 44)


def seer(memory: SeerAttention, query: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, set[tuple[int, ...]]]:
    """The answer, and which blocks each key head chose: block by block, as the gate is defined."""
    size, block, length = memory.size, memory.block, keys.shape[2]
    group, count = size.heads // size.kv_heads, -(-length // block)

    def norm(v: Tensor, module: torch.nn.Module) -> Tensor:
        return v if isinstance(module, torch.nn.Identity) else v / (v.pow(2).mean() + 1e-6).sqrt() * module.weight

    def choose(b: int, g: int) -> tuple[int, ...]:
        gates = []
        for i in range(count):
            rows = keys[b, g, i * block : (i + 1) * block]
            pooled = torch.cat((rows.max(0).values, rows.min(0).values, rows.mean(0)))
            gate = norm(pooled @ memory.attngate_linear_k.weight[g], memory.attngate_knorm)
            gates.append(rotated(gate, i * block) if len(rows) == block else torch.zeros(memory.gate))
        q = sum(query[b, g * group + j, 0] @ memory.attngate_linear_q.weight[g, j] for j in range(group))
        q = rotated(norm(q, memory.attngate_qnorm), length - 1)
        scores = torch.stack([q @ gate for gate in gates]) / math.sqrt(memory.gate)
        if memory.threshold is None:
            chosen = largest(scores.tolist(), memory.most)
        else:
            chosen = [i for i, p in enumerate(scores.softmax(0).tolist()) if p > memory.threshold]
        return tuple(sorted({*chosen, count - 1}))

    chosen = {(b, g): choose(b, g) for b in range(size.batch) for g in range(size.kv_heads)}
    turned = torch.stack([rotated(keys[:, :, t], t) for t in range(length)], 2)
    answer = attention(
        rotated(query, length - 1), turned, values, lambda b, h, s: tokens_of(chosen[b, h // group], block, length)
    )
    return answer, {(*place, *blocks) for place, blocks in chosen.items()}


@pytest.mark.parametrize("length", [1, 4, 17, 40])
@pytest.mark.parametrize(
    "options", [{"token_budget": 12}, {"token_budget": 1}, {"threshold": 0.12}, {"token_budget": 12, "qk_norm": False}]
)
def test_against_the_definition(length: int, options: dict[str, Any]):
    torch.manual_seed(length)
    memory = SeerAttention(SIZE, block=4, gate=6, theta=1e4, **options)
    keys, values, query = (torch.randn(2, n, m, 8) for n, m in ((2, length), (2, length), (4, 1)))
    with torch.no_grad():
        memory.prepare(keys[:, :, :-1], values[:, :, :-1])
        answer = memory(query, keys[:, :, -1:], values[:, :, -1:])
        wanted, chosen = seer(memory, query, keys, values)
        torch.testing.assert_close(answer, wanted)
        indices, valid = memory.retrieve(memory.relevancy(memory.ask(query)))
    found = {(b, g, *sorted(indices[b, g, 0, valid[b, g, 0]].tolist())) for b in range(2) for g in range(2)}
    assert found == chosen


def test_the_newest_block_is_always_seen():
    """Though the gate has nothing of it: its score is that of no key."""
    torch.manual_seed(0)
    memory = SeerAttention(SIZE, block=4, gate=6, token_budget=4)
    with torch.no_grad():
        memory.prepare(torch.randn(2, 2, 41, 8), torch.randn(2, 2, 41, 8))
        selection = memory.retrieve(memory.relevancy(memory.ask(torch.randn(2, 4, 1, 8))))
    assert (selection.indices[..., -1] == 10).all()
    assert selection.valid[..., -1].all()
    assert selection.indices.shape[-1] == 2


def test_defaults():
    memory = SeerAttention(CacheSize(1, 4, 2, 128, 65536, device="meta"))
    assert (memory.block, memory.blocks, memory.most, memory.gate) == (64, 1024, 64, 128)
    assert memory.attngate_linear_q.weight.shape == (2, 2, 128, 128)
    assert memory.attngate_linear_k.weight.shape == (2, 384, 128)
