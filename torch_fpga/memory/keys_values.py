"""A KV cache as a memory, and attention to a few of its entries: what sparse attention is made of."""

from __future__ import annotations

import dataclasses

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.memory import Memory


@dataclasses.dataclass(frozen=True)
class CacheSize:
    """The KV cache of one attention layer.

    Attributes:
        batch: sequences, all of one length.
        heads: of a query. Head h reads key head ``h // (heads // kv_heads)``.
        kv_heads: heads of keys and values; they divide ``heads``.
        head_dim: elements of a key and of a value.
        capacity: tokens that there is room for.
        dtype: of keys and values; None for PyTorch's default.
        device: None for PyTorch's default.

    Raises:
        UserError: a size is below 1, or ``kv_heads`` does not divide ``heads``.
    """

    batch: int
    heads: int
    kv_heads: int
    head_dim: int
    capacity: int
    dtype: torch.dtype | None = None
    device: torch.device | str | None = None

    def __post_init__(self) -> None:
        sizes = (self.batch, self.heads, self.kv_heads, self.head_dim, self.capacity)
        if min(sizes) < 1 or self.heads % self.kv_heads:
            raise UserError(f"no KV cache has the sizes {self}", hint="sizes are 1 or more; kv_heads divides heads")


class KeysValues(Memory):
    """Keys and values of one attention layer.

    Attributes:
        size: of the cache.
        asked: of the queries that are taken, where the cache does not have all their heads.
        keys: [batch, kv_heads, room, head_dim], as they are attended to (rotated).
        values: the same shape.
    """

    keys: Tensor
    values: Tensor

    def __init__(self, size: CacheSize, room: int | None = None) -> None:
        """``room``: places for tokens, if there are more than the capacity."""
        super().__init__(size.capacity, persistent=False, device=size.device)
        self.size = self.asked = size
        shape = (size.batch, size.kv_heads, room or size.capacity, size.head_dim)
        self.hold("keys", shape, size.dtype, size.device)
        self.hold("values", shape, size.dtype, size.device)

    def check(self, query: Tensor) -> None:
        """A query is [batch, heads, tokens, head_dim], of the last tokens of the sequence."""
        size = self.asked
        if query.dim() != 4 or query.shape[:2] != (size.batch, size.heads) or query.shape[-1] != size.head_dim:
            wanted = f"[{size.batch}, {size.heads}, tokens, {size.head_dim}]"
            raise UserError(f"a query of shape {list(query.shape)}; it should be {wanted}", op=type(self).__name__)

    def append(self, keys: Tensor, values: Tensor) -> None:
        """Writes keys and values of the next tokens, [batch, kv_heads, tokens, head_dim] each."""
        tokens = keys.shape[2]
        places = self.places(tokens)
        self.keys.index_copy_(2, places, keys.to(self.keys.dtype))
        self.values.index_copy_(2, places, values.to(self.values.dtype))
        self.length += tokens

    def key_head(self, shared: int) -> Tensor:
        """int64 [shared]: the key head of each of ``shared`` heads, which are the key heads or the heads."""
        return self.counted(shared) // (shared // self.size.kv_heads)


def attend(query: Tensor, keys: Tensor, values: Tensor, valid: Tensor, scale: float | None = None) -> Tensor:
    """``softmax(query @ keys^T * scale) @ values`` over the valid entries; zeros where none is valid.

    Args:
        query: [batch, heads, tokens, d].
        keys: [batch, shared, tokens, n, d], of each token its own; ``shared`` divides the heads.
        values: [batch, shared, tokens, n, e].
        valid: bool [batch, shared, tokens, n].
        scale: None for 1 / sqrt(d).

    Returns:
        [batch, heads, tokens, e].
    """
    batch, heads, tokens, width = query.shape
    shared, e = keys.shape[1], values.shape[-1]
    grouped = query.to(keys.dtype).reshape(batch, shared, heads // shared, tokens, width).transpose(2, 3)
    # One attention for each sequence, shared head and token, over keys of its own.
    each, key, value = (part.flatten(0, 2).unsqueeze(1) for part in (grouped, keys, values))
    mask = valid.flatten(0, 2)[:, None, None]
    out = F.scaled_dot_product_attention(each, key, value, attn_mask=mask, scale=scale)
    return out.reshape(batch, shared, tokens, heads // shared, e).transpose(2, 3).reshape(batch, heads, tokens, e)
