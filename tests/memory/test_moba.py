from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.memory.dense import attention, largest, tokens_of
from torch_fpga.memory import CacheSize, MoBA


def moba(query: Tensor, keys: Tensor, values: Tensor, block: int, topk: int) -> Tensor:
    """Block by block; the query is of the last tokens."""
    group = query.shape[1] // keys.shape[1]
    before = keys.shape[2] - query.shape[2]

    def tokens(b: int, h: int, s: int) -> list[int]:
        own = (before + s) // block
        means = [keys[b, h // group, i * block : (i + 1) * block].mean(0) for i in range(own)]
        chosen = largest([float(query[b, h, s] @ mean) for mean in means], topk - 1)
        return tokens_of([*chosen, own], block, before + s + 1)

    return attention(query, keys, values, tokens)


@pytest.mark.parametrize("tokens", [1, 7, 30])
@pytest.mark.parametrize(("length", "block", "topk"), [(30, 4, 3), (32, 8, 2), (31, 4, 1), (30, 16, 5)])
def test_against_the_definition(tokens: int, length: int, block: int, topk: int):
    torch.manual_seed(length)
    memory = MoBA(CacheSize(2, 4, 2, 8, 36), block=block, topk=topk)
    keys, values, query = (torch.randn(2, n, m, 8) for n, m in ((2, length), (2, length), (4, tokens)))
    before = length - tokens
    if before:
        memory.prepare(keys[:, :, :before], values[:, :, :before])
    answer = memory(query, keys[:, :, before:], values[:, :, before:])
    torch.testing.assert_close(answer, moba(query, keys, values, block, topk))


def test_a_query_of_more_tokens_than_there_are():
    memory = MoBA(CacheSize(1, 2, 1, 8, 16), block=4)
    keys, values, query = torch.randn(1, 1, 2, 8), torch.randn(1, 1, 2, 8), torch.randn(1, 2, 5, 8)
    answer = memory(query, keys, values)
    assert torch.equal(answer[:, :, :3], torch.zeros(1, 2, 3, 8))
    torch.testing.assert_close(answer[:, :, 3:], moba(query[:, :, 3:], keys, values, 4, 3))


def test_defaults():
    memory = MoBA(CacheSize(1, 1, 1, 4, 65536, device="meta"))
    assert (memory.block, memory.blocks, memory.topk) == (2048, 32, 3)
