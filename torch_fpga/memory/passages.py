"""Passages of text as a memory: what retrieval for a prompt is made of."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.memory import Memory


class Hits(NamedTuple):
    """The k passages found for each query, in no order that means anything.

    Attributes:
        indices: int64 [queries, k].
        valid: bool [queries, k]; False where the memory has fewer than k passages.
        scores: float32 [queries, k].
    """

    indices: Tensor
    valid: Tensor
    scores: Tensor


class Retrieved(NamedTuple):
    """What is put before a prompt: the passages found for each query, the best first.

    Attributes:
        tokens: int32 [queries, k, passage]; -1 behind the end of a passage, and everywhere in one that is not valid.
        indices, valid, scores: as in ``Hits``.
    """

    tokens: Tensor
    indices: Tensor
    valid: Tensor
    scores: Tensor


class Passages(Memory):
    """Passages of at most ``passage`` tokens each, of which the ``k`` that score best are retrieved.

    Attributes:
        passage: tokens of the longest passage.
        k: passages that are retrieved for a query.
        tokens: int32 [capacity, passage]; -1 behind the end of a passage.
    """

    tokens: Tensor

    def __init__(self, capacity: int, passage: int, k: int, device: torch.device | str | None = None) -> None:
        super().__init__(capacity, persistent=True, device=device)
        if passage < 1 or k < 1:
            raise UserError(f"passages of {passage} tokens, {k} a query", hint="both are 1 or more")
        self.passage, self.k = passage, min(k, capacity)
        self.hold("tokens", (capacity, passage), torch.int32, device)

    def append(self, tokens: Tensor) -> Tensor:
        """Writes passages, integers [passages, passage], negative behind their end. Returns their places."""
        if tokens.dim() != 2 or tokens.shape[1] != self.passage:
            wanted = f"[passages, {self.passage}]"
            raise UserError(f"tokens of shape {list(tokens.shape)}; it should be {wanted}", op=type(self).__name__)
        places = self.places(len(tokens))
        self.tokens.index_copy_(0, places, tokens.clamp(min=-1).to(torch.int32))
        self.length += len(tokens)
        return places

    def masked(self, scores: Tensor) -> Tensor:
        """``scores`` [queries, capacity], -inf for passages that are not there."""
        return torch.where(self.counted(self.capacity) < self.length, scores, -torch.inf)

    def retrieve(self, scores: Tensor) -> Hits:
        """Of float32 [queries, capacity] the ``k`` best."""
        return hits(scores, self.k)

    def apply(self, query: object, found: Hits) -> Retrieved:
        """The passages themselves."""
        return Retrieved(torch.where(found.valid[..., None], self.tokens[found.indices], -1), *found)


def hits(scores: Tensor, k: int) -> Hits:
    """The ``k`` largest of float32 [queries, n], the largest first; what has the score -inf is not valid."""
    values, indices = scores.topk(min(k, scores.shape[1]))
    return Hits(indices, values != -torch.inf, values)
