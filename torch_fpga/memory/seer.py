"""SeerAttention-R: a learned gate scores blocks. Gao et al., "SeerAttention-R: Sparse Attention Adaptation for Long
Reasoning", 2025 (arXiv 2506.08889), and its decoding code (microsoft/SeerAttention)."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from torch_fpga.memory.blocks import Blocks, one_token
from torch_fpga.memory.keys_values import CacheSize
from torch_fpga.memory.rotary import angles, rotate_halves
from torch_fpga.memory.selection import Selection, best


class SeerQuery(NamedTuple):
    """A token's query: for the gate, [batch, kv_heads, 1, gate], and for the attention, [batch, heads, 1, head_dim]."""

    gate: Tensor
    rotated: Tensor


class _Projection(nn.Module):
    """A matrix for each head."""

    def __init__(self, *shape: int, size: CacheSize) -> None:
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(shape, dtype=size.dtype, device=size.device)))


class SeerAttention(Blocks):
    """Attention of one token to the blocks that a gate, distilled from the model's own attention, scores best.

    Queries and keys come before their rotation, which the gate does not want; the memory rotates them itself (by
    halves). All query heads of a key head share a selection.

    - prepare: of each complete block b ``k_b = rope(norm(Wk [max, min, mean of the keys]))``, at the position of its
      first token (the published code takes that for a prompt, and the last token's for blocks that fill up later). An
      incomplete block has ``k_b = 0``. The query: ``q = rope(norm(sum_j Wq_j q_j))`` over the query heads j.
    - relevancy: ``a_b = q . k_b / sqrt(gate)``; with a threshold their softmax.
    - retrieve: the ``token_budget // block`` largest, or all that are above the threshold; and the last block.
    - apply: attention over the tokens of these blocks.

    Attributes:
        gates: [batch, kv_heads, blocks + 1, gate], the k_b; the last row takes what is written behind the end.
        rest: [batch, kv_heads, block, head_dim], the keys of the incomplete block before their rotation.
        most: blocks of a selection, without the last one.
    """

    gates: Tensor
    rest: Tensor
    cos: Tensor
    sin: Tensor
    gate_cos: Tensor
    gate_sin: Tensor

    def __init__(
        self,
        size: CacheSize,
        *,
        block: int = 64,
        gate: int = 128,
        token_budget: int = 4096,
        threshold: float | None = None,
        qk_norm: bool = True,
        theta: float = 10_000.0,
    ) -> None:
        """With a ``threshold`` (0.0 to 1.0) the budget is not looked at. ``theta`` is the model's; Qwen3 has 1e6."""
        super().__init__(size, block)
        self.gate, self.threshold = gate, threshold
        self.most = self.blocks if threshold is not None else min(max(1, token_budget // block), self.blocks)
        heads, width = size.kv_heads, size.head_dim
        self.attngate_linear_q = _Projection(heads, size.heads // heads, width, gate, size=size)
        self.attngate_linear_k = _Projection(heads, 3 * width, gate, size=size)
        norm: dict[str, Any] = {"eps": 1e-6, "dtype": size.dtype, "device": size.device}
        self.attngate_qnorm: nn.Module = nn.RMSNorm(gate, **norm) if qk_norm else nn.Identity()
        self.attngate_knorm: nn.Module = nn.RMSNorm(gate, **norm) if qk_norm else nn.Identity()
        self.hold("gates", (size.batch, heads, self.blocks + 1, gate), size.dtype, size.device)
        self.hold("rest", (size.batch, heads, block, width), size.dtype, size.device)
        for prefix, dim in (("", width), ("gate_", gate)):
            for name, table in zip(("cos", "sin"), angles((self.blocks + 1) * block, dim, theta), strict=True):
                self.register_buffer(prefix + name, table.to(size.device), persistent=False)

    def check(self, query: Tensor) -> None:
        super().check(query)
        one_token(query, self)

    def prepare(self, keys: Tensor, values: Tensor) -> None:
        """Keys, not rotated, and values of the next tokens, [batch, kv_heads, tokens, head_dim] each."""
        tokens = keys.shape[2]
        places = self.places(tokens)
        first = self.length // self.block
        offset = self.length % self.block
        self.append(rotate_halves(keys, self.cos[places], self.sin[places]), values)
        # The tokens of the blocks that are written to, from the start of the first of them; one block more is empty.
        count = (tokens + self.block - 2) // self.block + 1
        room = keys.new_zeros(*keys.shape[:2], count * self.block, keys.shape[3])
        rows = torch.cat((self.rest, room), 2).index_copy(2, offset + self.counted(tokens), keys)
        parts = rows.unflatten(2, (count + 1, self.block))
        self.rest.copy_(parts.index_select(2, ((offset + tokens) // self.block)[None]).squeeze(2))
        whole = parts[:, :, :count]
        pooled = torch.cat((whole.amax(3), whole.amin(3), whole.mean(3)), -1)
        blocks = first + self.counted(count)
        projected = self.attngate_knorm(pooled @ self.attngate_linear_k.weight)
        at = blocks * self.block
        gates = rotate_halves(projected, self.gate_cos[at], self.gate_sin[at])
        complete = at + self.block <= self.length
        self.gates.index_copy_(2, blocks, torch.where(complete[:, None], gates, 0.0))

    def ask(self, query: Tensor) -> SeerQuery:
        """[batch, heads, 1, head_dim], not rotated."""
        at = self.positions(1).clamp(min=0)
        grouped = query.unflatten(1, (self.size.kv_heads, -1)).flatten(2)  # the heads of a key head side by side
        projected = grouped.unsqueeze(2) @ self.attngate_linear_q.weight.flatten(1, 2)
        gate = rotate_halves(self.attngate_qnorm(projected), self.gate_cos[at], self.gate_sin[at])
        return SeerQuery(gate, rotate_halves(query, self.cos[at], self.sin[at]))

    def relevancy(self, query: SeerQuery) -> Tensor:
        """Float32 [batch, kv_heads, 1, blocks]: logits, or with a threshold probabilities."""
        logits = (self.gates[:, :, : self.blocks].float() @ query.gate.float().transpose(-1, -2)).transpose(-1, -2)
        there = self.begun(self.positions(1))
        scores = torch.where(there, logits * self.gate**-0.5, -torch.inf)
        return scores if self.threshold is None else torch.where(there, scores.softmax(-1), -torch.inf)

    def retrieve(self, scores: Tensor) -> Selection:
        """Blocks [batch, kv_heads, 1, most + 1], the last of them the one that the newest token is in."""
        if self.threshold is not None:
            scores = torch.where(scores <= self.threshold, -torch.inf, scores)
        return self.with_newest(best(scores, self.most))

    def apply(self, query: SeerQuery, selection: Selection) -> Tensor:
        """[batch, heads, 1, head_dim]."""
        return self.attend(query.rotated, selection)
