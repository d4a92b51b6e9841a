from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.memory.dense import attention, largest, tokens_of
from torch_fpga.errors import UserError
from torch_fpga.memory import CacheSize, LServe

SIZE = CacheSize(2, 6, 3, 8, 64)
OPTIONS = {"page": 8, "logical_page": 2, "token_budget": 24, "sink": 3, "local": 5}


def lserve(memory: LServe, streaming: set[int], query: Tensor, keys: Tensor, values: Tensor, seen: int = 0) -> Tensor:
    """Page by page; the pages are chosen when the memory has ``seen`` tokens."""
    length, group = keys.shape[2], SIZE.heads // SIZE.kv_heads
    seen = seen or length

    def score(q: Tensor, rows: Tensor) -> float:
        low, high = rows.min(0).values, rows.max(0).values
        return float(torch.maximum(q * low, q * high).sum())

    def tokens(b: int, h: int, s: int) -> list[int]:
        g = h // group
        if g in streaming:
            return [t for t in range(length) if t < memory.sink or t >= length - memory.local]
        pages = []
        for first in range(0, (seen - 1) // memory.block * memory.block, memory.block):
            parts = [slice(i, i + memory.part) for i in range(first, first + memory.block, memory.part)]
            pages.append(max(score(query[b, h, s], keys[b, g, part]) for part in parts))
        chosen = largest(pages, memory.pages - 1)
        return tokens_of({*chosen, (length - 1) // memory.block}, memory.block, length)

    return attention(query, keys, values, tokens)


@pytest.mark.parametrize("streaming", [[0], [1], [2, 0]])
@pytest.mark.parametrize("length", [2, 8, 9, 33])
def test_against_the_definition(streaming: list[int], length: int):
    torch.manual_seed(length)
    memory = LServe(SIZE, streaming=streaming, **OPTIONS)
    keys, values, query = (torch.randn(2, n, m, 8) for n, m in ((3, length), (3, length), (6, 1)))
    memory.prepare(keys[:, :, :-1], values[:, :, :-1])
    answer = memory(query, keys[:, :, -1:], values[:, :, -1:])
    torch.testing.assert_close(answer, lserve(memory, set(streaming), query, keys, values))


def test_a_selection_serves_the_tokens_until_the_next_is_due():
    torch.manual_seed(0)
    memory = LServe(SIZE, streaming=[1], **OPTIONS)
    keys, values = (torch.randn(2, 3, 60, 8) for _ in range(2))
    memory.prepare(keys[:, :, :48], values[:, :, :48])
    first = torch.randn(2, 6, 1, 8)  # all tokens ask the same: what changes is what is there
    for t in range(48, 60):
        due = memory.due(t)
        assert due == (t % 4 == 0)
        answer = memory(first, keys[:, :, t : t + 1], values[:, :, t : t + 1], reselect=due)
        wanted = lserve(memory, {1}, first, keys[:, :, : t + 1], values[:, :, : t + 1], seen=t // 4 * 4 + 1)
        torch.testing.assert_close(answer, wanted)


def test_streaming_heads_keep_no_more_than_they_attend_to():
    memory = LServe(CacheSize(1, 8, 4, 4, 65536, device="meta"), streaming=[1, 3])
    assert memory.recent_keys.shape == (1, 2, 128 + 256 + 1, 4)
    assert memory.keys.shape == (1, 2, 65536, 4)


def test_defaults():
    memory = LServe(CacheSize(1, 8, 4, 4, 65536, device="meta"), streaming=[1, 3])
    assert (memory.block, memory.part, memory.pages, memory.interval) == (64, 16, 64, 4)
    assert memory.bounds.shape == (1, 2, 4096, 8)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"streaming": []}, r"streaming key heads \[\] of 3"),
        ({"streaming": [0, 1, 2]}, r"streaming key heads \[0, 1, 2\] of 3"),
        ({"streaming": [3]}, r"streaming key heads \[3\] of 3"),
        ({"streaming": [0], "logical_page": 3}, "page=64, logical_page=3"),
        ({"streaming": [0], "interval": 0}, "interval=0"),
    ],
)
def test_what_no_memory_is_made_of(options: dict[str, object], words: str):
    with pytest.raises(UserError, match=words):
        LServe(SIZE, **options)
