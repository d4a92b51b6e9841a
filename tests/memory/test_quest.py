from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.memory.dense import attention, largest, tokens_of
from torch_fpga.errors import UserError
from torch_fpga.memory import CacheSize, Quest


def quest(query: Tensor, keys: Tensor, values: Tensor, page: int, budget: int) -> Tensor:
    """Page by page, as the paper defines it."""
    length, groups = keys.shape[2], query.shape[1] // keys.shape[1]
    pages = -(-length // page)

    def tokens(b: int, h: int, s: int) -> list[int]:
        scores = []
        for p in range(pages):
            rows = keys[b, h // groups, p * page : min((p + 1) * page, length)]
            q, low, high = query[b, h, s], rows.min(0).values, rows.max(0).values
            scores.append(float(torch.maximum(q * low, q * high).sum()))
        return tokens_of(largest(scores, max(3, budget // page)), page, length)

    return attention(query, keys, values, tokens)


@pytest.mark.parametrize(("heads", "kv_heads"), [(4, 2), (3, 3), (4, 1)])
@pytest.mark.parametrize(("length", "page", "budget"), [(37, 4, 16), (40, 8, 16), (9, 1, 5), (33, 16, 16)])
def test_against_the_definition(heads: int, kv_heads: int, length: int, page: int, budget: int):
    torch.manual_seed(length)
    memory = Quest(CacheSize(2, heads, kv_heads, 8, 44), page=page, token_budget=budget)
    keys, values, query = (torch.randn(2, n, m, 8) for n, m in ((kv_heads, length), (kv_heads, length), (heads, 1)))
    memory.prepare(keys[:, :, :-1], values[:, :, :-1])
    answer = memory(query, keys[:, :, -1:], values[:, :, -1:])
    torch.testing.assert_close(answer, quest(query, keys, values, page, budget))


def test_defaults():
    memory = Quest(CacheSize(1, 1, 1, 4, 4096))
    assert (memory.block, memory.blocks, memory.pages) == (16, 256, 64)


def test_a_score_bounds_every_product_of_its_page():
    torch.manual_seed(0)
    memory, query = Quest(CacheSize(1, 2, 1, 8, 32), page=8), torch.randn(1, 2, 1, 8)
    memory.prepare(torch.randn(1, 1, 32, 8), torch.randn(1, 1, 32, 8))
    products = (query[:, :, 0] @ memory.keys[0, 0].T).unflatten(2, (4, 8)).amax(-1)
    assert (memory.relevancy(query)[:, :, 0] >= products - 1e-5).all()


def test_half_precision():
    torch.manual_seed(0)
    memory = Quest(CacheSize(1, 2, 1, 8, 32, torch.bfloat16), page=4, token_budget=12)
    keys, values = (torch.randn(1, 1, 30, 8, dtype=torch.bfloat16) for _ in range(2))
    query = torch.randn(1, 2, 1, 8, dtype=torch.bfloat16)
    answer = memory(query, keys, values)
    assert answer.dtype is torch.bfloat16
    wanted = quest(query.float(), keys.float(), values.float(), 4, 12)
    torch.testing.assert_close(answer.float(), wanted, atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize("sizes", [(0, 2, 1, 8, 32), (1, 3, 2, 8, 32), (1, 2, 1, 8, 0)])
def test_sizes_that_make_no_cache(sizes: tuple[int, ...]):
    with pytest.raises(UserError, match="no KV cache has the sizes"):
        CacheSize(*sizes)


def test_a_query_of_several_tokens():
    with pytest.raises(UserError, match="answers one at a time"):
        Quest(CacheSize(1, 2, 1, 8, 32))(torch.randn(1, 2, 3, 8))


def test_pages_without_tokens():
    with pytest.raises(UserError, match="blocks of 0 tokens"):
        Quest(CacheSize(1, 2, 1, 8, 32), page=0)
