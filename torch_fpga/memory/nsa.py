"""NSA: three attentions, gated. Yuan et al., "Native Sparse Attention: Hardware-Aligned and Natively Trainable Sparse
Attention", ACL 2025 (arXiv 2502.11089), in the form of fla-org/native-sparse-attention."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from torch_fpga.memory.blocks import Blocks
from torch_fpga.memory.keys_values import CacheSize, attend
from torch_fpga.memory.selection import Selection, best


class NSAQuery(NamedTuple):
    """[batch, heads, tokens, head_dim], and the gates of the three attentions, [batch, heads, tokens, 3]."""

    query: Tensor
    gates: Tensor


class NSASelection(NamedTuple):
    """Blocks [batch, kv_heads, tokens, k] as in ``Selection``, and the weights of all compressed blocks.

    ``weights`` is float32 [batch, heads, tokens, blocks].
    """

    indices: Tensor
    valid: Tensor
    weights: Tensor


class NativeSparseAttention(Blocks):
    """Attention of each token to blocks as a whole, to the tokens of the best blocks, and to the last tokens.

    - prepare: of each block the mean of its keys and of its values (the paper has a learned function in its place).
    - relevancy, for each head and token: ``p = softmax(q . mean keys / sqrt(head_dim))`` over the complete blocks.
    - retrieve: the ``topk`` blocks with the largest p, summed over the heads of a key head; a token's own counts as 1.
    - apply: ``g_1 sum_i p_i mean value_i + g_2 attention in the blocks + g_3 attention to the last window tokens``,
      with the gates ``g = sigmoid(W x)``.

    A query is a pair: ``[batch, heads, tokens, head_dim]``, and the hidden states x, ``[batch, tokens, hidden]``.

    Attributes:
        mean_keys, mean_values: [batch, kv_heads, blocks, head_dim].
        g_proj: W, the three gates of a head side by side.
        topk: blocks of a selection.
    """

    mean_keys: Tensor
    mean_values: Tensor

    def __init__(self, size: CacheSize, hidden: int, *, block: int = 64, topk: int = 16, window: int = 512) -> None:
        super().__init__(size, block)
        self.topk, self.window = min(topk, self.blocks), window
        self.g_proj = nn.Linear(hidden, 3 * size.heads, bias=False, dtype=size.dtype, device=size.device)
        for name in ("mean_keys", "mean_values"):
            self.hold(name, (size.batch, size.kv_heads, self.blocks, size.head_dim), size.dtype, size.device)

    def check(self, query: tuple[Tensor, Tensor]) -> None:
        super().check(query[0])

    def prepare(self, keys: Tensor, values: Tensor) -> None:
        """Keys (rotated) and values of the next tokens, [batch, kv_heads, tokens, head_dim] each."""
        self.append(keys, values)
        for kept, means in ((self.keys, self.mean_keys), (self.values, self.mean_values)):
            blocks, rows, there = self.written(kept, keys.shape[2], self.block)
            mean = torch.where(there, rows, 0.0).float().sum(3) / self.block  # of a complete block; others do not count
            means.index_copy_(2, blocks, mean.to(means.dtype))

    def ask(self, query: tuple[Tensor, Tensor]) -> NSAQuery:
        """The gates of a query."""
        tokens, states = query
        return NSAQuery(tokens, self.g_proj(states).unflatten(-1, (-1, 3)).sigmoid().transpose(1, 2))

    def relevancy(self, query: NSAQuery) -> Tensor:
        """Float32 [batch, heads, tokens, blocks]; 0 for what is not a complete block of the past."""
        tokens = query.query.shape[2]
        grouped = query.query.float().unflatten(1, (self.size.kv_heads, -1)).flatten(2, 3)
        products = (grouped @ self.mean_keys.float().transpose(-1, -2)).unflatten(2, (-1, tokens)).flatten(1, 2)
        complete = (self.counted(self.blocks) + 1) * self.block <= self.positions(tokens)[:, None] + 1
        weights = torch.where(complete, products * self.size.head_dim**-0.5, -torch.inf).softmax(-1)
        return torch.where(complete, weights, 0.0)

    def retrieve(self, scores: Tensor) -> NSASelection:
        """Blocks [batch, kv_heads, tokens, topk]."""
        own = self.newest(scores.shape[2])[:, None]
        blocks = self.counted(self.blocks)
        shared = torch.where(blocks == own, 1.0, scores).unflatten(1, (self.size.kv_heads, -1)).sum(2)
        return NSASelection(*best(torch.where(blocks > own, -torch.inf, shared), self.topk), scores)

    def apply(self, query: NSAQuery, selection: NSASelection) -> Tensor:
        """[batch, heads, tokens, head_dim]."""
        tokens = query.query.shape[2]
        grouped = selection.weights.unflatten(1, (self.size.kv_heads, -1)).flatten(2, 3)
        whole = (grouped @ self.mean_values.float()).unflatten(2, (-1, tokens)).flatten(1, 2)
        chosen = self.attend(query.query, Selection(selection.indices, selection.valid))
        places = self.positions(tokens)[:, None] - self.counted(self.window)
        keys, values = (rows[:, :, places.clamp(min=0)] for rows in (self.keys, self.values))
        last = attend(query.query, keys, values, (places >= 0).expand(keys.shape[:-1]))
        first, second, third = query.gates.unsqueeze(-1).unbind(3)
        return first * whole.to(chosen.dtype) + second * chosen + third * last
