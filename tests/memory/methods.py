"""Every method at a small size, as the tests that are the same for all of them take it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tests.memory.dense import rotated
from torch_fpga.memory import CacheSize, LServe, Memory, MoBA, NativeSparseAttention, Quest, SeerAttention

SIZE = CacheSize(batch=2, heads=4, kv_heads=2, head_dim=8, capacity=24)


@dataclasses.dataclass(frozen=True)
class Method:
    """A method of sparse attention: its module, and what it takes.

    ``asks`` makes the query of a method from that of attention.
    ``attended`` says what attention sees of a query or key that stands at a position, where the memory rotates it.
    """

    make: Callable[[], Memory]
    entries: Callable[[int], tuple[Any, ...]]
    asks: Callable[[Tensor], Any] = lambda query: query
    attended: Callable[[Tensor, int], Tensor] = lambda x, position: x

    def query(self, *shape: int) -> Any:
        return self.asks(random(*(shape or (2, 4, 1, 8))))


def random(*shape: int) -> Tensor:
    return torch.randn(shape)


def keys_values(tokens: int) -> tuple[Tensor, Tensor]:
    return random(2, 2, tokens, 8), random(2, 2, tokens, 8)


ATTENTION = {
    "seer": Method(lambda: SeerAttention(SIZE, block=4, gate=8, token_budget=12), keys_values, attended=rotated),
    "seer threshold": Method(
        lambda: SeerAttention(SIZE, block=4, gate=8, threshold=0.1), keys_values, attended=rotated
    ),
    "lserve": Method(
        lambda: LServe(SIZE, streaming=[0], page=4, logical_page=2, token_budget=12, sink=4, local=8),
        keys_values,
    ),
    "moba": Method(lambda: MoBA(SIZE, block=4, topk=3), keys_values),
    "nsa": Method(
        lambda: NativeSparseAttention(SIZE, 6, block=4, topk=3, window=12),
        keys_values,
        asks=lambda query: (query, torch.randn(2, query.shape[2], 6)),
    ),
    "quest": Method(lambda: Quest(SIZE, page=4, token_budget=12), keys_values),
}
