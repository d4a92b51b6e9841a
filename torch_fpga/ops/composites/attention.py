"""Scaled dot-product attention: Vaswani et al., "Attention Is All You Need", 2017, equation 1.

Queries may be several to a key and value (Ainslie et al., "GQA", 2023): transformers repeats keys and values in memory
before it calls PyTorch. A kernel makes the queries of one key rows of one product instead, so nothing is repeated.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import fx

from torch_fpga.ops.attention import is_attended
from torch_fpga.ops.composites.composite import Composite, Form, like


def attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> torch.Tensor:
    """``softmax(query @ key^T * scale + mask) @ value``, all of one float type; the result lies as PyTorch leaves it.

    Args:
        query: [batch, heads, queries, d].
        key: [batch, key heads, keys, d]; the key heads divide the heads.
        value: [batch, key heads, keys, e].
        mask: float, of the type of the query, broadcast to [batch, heads, queries, keys]; added.
        causal: query i sees keys 0 to i. Not together with a mask.
        scale: None for 1 / sqrt(d).
    """
    groups = query.shape[1] // key.shape[1]
    key, value = _repeated(key, groups), _repeated(value, groups)
    return F.scaled_dot_product_attention(query, key, value, mask, 0.0, causal, scale=scale)


def _shared(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> torch.Tensor:
    return F.scaled_dot_product_attention(query, key, value, mask, 0.0, causal, scale=scale, enable_gqa=True)


def _repeated(x: torch.Tensor, groups: int) -> torch.Tensor:
    if groups == 1:
        return x
    batch, heads, rows, size = x.shape
    return x[:, :, None].expand(batch, heads, groups, rows, size).reshape(batch, heads * groups, rows, size)


def _stages(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> torch.Tensor:
    """In float32, as PyTorch's kernels compute inside; rounded once, at the end.

    A row of which the mask leaves nothing (-inf everywhere) is zero, as in PyTorch's kernels.
    """
    batch, heads, queries, size = query.shape
    shared, keys = key.shape[1], key.shape[2]
    scale = size**-0.5 if scale is None else scale
    if not causal and is_attended(query, key, value, mask):
        attended: torch.Tensor = torch.ops.torch_fpga.attend.default(query, key, value, mask, scale)
        return attended
    grouped = query.float().reshape(batch, shared, heads // shared * queries, size)
    scores = (grouped @ key.float().transpose(-2, -1)).reshape(batch, heads, queries, keys) * scale
    if causal:
        later = torch.arange(keys, device=query.device)[None] > torch.arange(queries, device=query.device)[:, None]
        scores = scores.masked_fill(later, -torch.inf)
    if mask is not None:
        scores = scores + mask.float()
    weights = scores.softmax(-1)
    if mask is not None:
        weights = torch.where(scores.amax(-1, keepdim=True) == -torch.inf, 0.0, weights)
    weights = weights.reshape(batch, shared, heads // shared * queries, keys)
    return (weights @ value.float()).reshape(batch, heads, queries, value.shape[-1]).to(query.dtype)


def _by_blocks(node: fx.Node) -> list[fx.Node]:
    """Keys and values, where they are many for few queries."""
    query, key, value, mask, causal, *_ = (*node.args, None, False)[: max(len(node.args), 5)]
    tensors = [arg.meta["val"] if isinstance(arg, fx.Node) else None for arg in (query, key, value, mask)]
    return [] if causal or not is_attended(*tensors) else [key, value]  # type: ignore[arg-type, list-item]


_Q, _K, _MASK = like(1, 4, 3, 8), like(1, 2, 6, 8), like(1, 1, 3, 6)
_FULL = like(1, 4, 6, 8)  # keys as many as queries have heads

COMPOSITES = [
    Composite(
        attention,
        [
            Form((_Q, key, key, mask, causal, scale), written)
            for key, written in ((_K, None), (_K, _shared), (_FULL, None))
            for mask, causal in ((_MASK, False), (None, False), (None, True))
            for scale in (None, 0.3125)
        ],
        stages=_stages,
        fuses="opaque",
        by_blocks=_by_blocks,
    )
]
