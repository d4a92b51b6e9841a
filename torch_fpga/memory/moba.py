"""MoBA: Mixture of Block Attention. Lu et al., "MoBA: Mixture of Block Attention for Long-Context LLMs", 2025
(arXiv 2502.13189), and its code (MoonshotAI/MoBA)."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_fpga.memory.blocks import Blocks
from torch_fpga.memory.keys_values import CacheSize
from torch_fpga.memory.selection import Selection, best


class MoBA(Blocks):
    """Attention of each token to its own block and to those whose mean key it meets best.

    - prepare: of each block i the mean of its keys, ``m_i``.
    - relevancy, for each head and token: ``s_i = q . m_i`` (the affinity score) of blocks before the token's own;
      its own is infinitely good, later ones are not there.
    - retrieve: the ``topk`` best blocks, for each head and token; its own is one of them.
    - apply: attention over the tokens of these blocks up to the token itself.

    Attributes:
        means: [batch, kv_heads, blocks, head_dim].
        topk: blocks of a selection.
    """

    means: Tensor

    def __init__(self, size: CacheSize, *, block: int = 2048, topk: int = 3) -> None:
        """The defaults are those of the published benchmark."""
        super().__init__(size, block)
        self.topk = min(topk, self.blocks)
        self.hold("means", (size.batch, size.kv_heads, self.blocks, size.head_dim), size.dtype, size.device)

    def prepare(self, keys: Tensor, values: Tensor) -> None:
        """Keys (rotated) and values of the next tokens, [batch, kv_heads, tokens, head_dim] each."""
        self.append(keys, values)
        blocks, rows, there = self.written(self.keys, keys.shape[2], self.block)
        means = torch.where(there, rows, 0.0).float().sum(3) / there.sum(1).clamp(min=1)
        self.means.index_copy_(2, blocks, means.to(self.means.dtype))

    def relevancy(self, query: Tensor) -> Tensor:
        """[batch, heads, tokens, head_dim] to float32 scores [batch, heads, tokens, blocks]."""
        tokens = query.shape[2]
        grouped = query.float().unflatten(1, (self.size.kv_heads, -1)).flatten(2, 3)
        scores = (grouped @ self.means.float().transpose(-1, -2)).unflatten(2, (-1, tokens)).flatten(1, 2)
        own = self.newest(tokens)[:, None]
        scores = torch.where(self.counted(self.blocks) == own, torch.inf, scores)
        return torch.where(self.counted(self.blocks) > own, -torch.inf, scores)

    def retrieve(self, scores: Tensor) -> Selection:
        """Blocks [batch, heads, tokens, topk]."""
        return best(scores, self.topk)

    def apply(self, query: Tensor, selection: Selection) -> Tensor:
        """[batch, heads, tokens, head_dim]."""
        return self.attend(query, selection)
