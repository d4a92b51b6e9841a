"""Plain references: attention as it is defined, one query at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

Tokens = Callable[[int, int, int], Iterable[int]]


def attention(query: Tensor, keys: Tensor, values: Tensor, tokens: Tokens) -> Tensor:
    """Each head of each sequence attends to the tokens that ``tokens(sequence, head, place in the query)`` names.

    ``query`` [batch, heads, tokens, d]; ``keys`` and ``values`` [batch, kv_heads, length, d], of the whole past.
    """
    batch, heads, count, width = query.shape
    out = torch.zeros(batch, heads, count, values.shape[-1])
    for b in range(batch):
        for h in range(heads):
            g = h * keys.shape[1] // heads
            for s in range(count):
                chosen = sorted(set(tokens(b, h, s)))
                if not chosen:
                    continue
                weights = torch.softmax(keys[b, g, chosen] @ query[b, h, s] * width**-0.5, 0)
                out[b, h, s] = weights @ values[b, g, chosen]
    return out


def rotated(x: Tensor, position: int, theta: float = 1e4) -> Tensor:
    """The last dimension turned by halves, as complex numbers."""
    half = x.shape[-1] // 2
    turn = torch.polar(torch.ones(half), position * theta ** (-torch.arange(half) / half))
    turned = torch.complex(x[..., :half], x[..., half:]) * turn
    return torch.cat((turned.real, turned.imag), -1)


def tokens_of(blocks: Iterable[int], block: int, length: int) -> list[int]:
    """The tokens of whole blocks that are there."""
    return [t for b in blocks for t in range(b * block, min((b + 1) * block, length))]


def largest(scores: list[float], k: int) -> list[int]:
    return sorted(range(len(scores)), key=lambda i: -scores[i])[:k]
