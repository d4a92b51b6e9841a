"""Pages of keys with the bounds of their elements: how Quest and LServe score them."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_fpga.memory.blocks import Blocks, one_token
from torch_fpga.memory.keys_values import CacheSize


class Bounds(Blocks):
    """Pages (blocks) of parts, and of each part the largest and smallest of its keys, element by element.

    The score of a part is ``sum_d max(q[d] K^max[d], q[d] K^min[d])``, no less than any ``q . k`` in it; that of a page
    is the largest of its parts. ``max(q a, q b)`` with ``a >= b`` is ``q a`` for a positive q and else ``q b``. So the
    score is computed as one product, ``[max(q, 0), min(q, 0)] . [K^max, K^min]``: the same terms, and each bound is
    read once for all heads that share it. It differs where a key is infinite.

    Attributes:
        part: tokens of a part.
        bounds: [batch, kv_heads, parts, 2 head_dim], K^max and K^min; of an empty part they mean nothing.
    """

    bounds: Tensor

    def __init__(self, size: CacheSize, page: int, part: int) -> None:
        super().__init__(size, page)
        self.part = part
        shape = (size.batch, size.kv_heads, self.blocks * page // part, 2 * size.head_dim)
        self.hold("bounds", shape, size.dtype, size.device)

    def check(self, query: Tensor) -> None:
        super().check(query)
        one_token(query, self)

    def prepare(self, keys: Tensor, values: Tensor) -> None:
        """Keys (rotated) and values of the next tokens, [batch, kv_heads, tokens, head_dim] each."""
        self.append(keys, values)
        numbers, rows, there = self.written(self.keys, keys.shape[2], self.part)
        largest = torch.where(there, rows, -torch.inf).amax(3)
        smallest = torch.where(there, rows, torch.inf).amin(3)
        self.bounds.index_copy_(2, numbers, torch.cat((largest, smallest), -1))

    def relevancy(self, query: Tensor) -> Tensor:
        """[batch, heads, 1, head_dim] to float32 scores of the pages, [batch, heads, 1, blocks]."""
        grouped = query.float().unflatten(1, (self.size.kv_heads, -1)).squeeze(3)
        wide = torch.cat((grouped.clamp(min=0), grouped.clamp(max=0)), -1)
        scores = (wide @ self.bounds.float().transpose(-1, -2)).flatten(1, 2).unsqueeze(2)
        there = self.counted(scores.shape[-1]) * self.part < self.length
        scores = torch.where(there, scores, -torch.inf)
        return scores if self.part == self.block else scores.unflatten(-1, (self.blocks, -1)).amax(-1)
