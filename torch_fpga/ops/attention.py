"""Attention of a few queries over many keys, as one op: what a kernel makes of ``attention`` where keys are many."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import fx

from torch_fpga.dtypes import FLOATS
from torch_fpga.ops.row import Op, mixed
from torch_fpga.reasons import Reason
from torch_fpga.sharding import LEAST_BYTES

MAX_QUERIES = 8
"""Queries of a key at once: each has a multiplier for each lane of a port."""

MAX_MASK_BYTES = 1 << 17
"""Of a row of a mask, which each block of keys keeps on the chip."""

MAX_COLS = 1 << 10
"""Elements of a key or a value, of which each query keeps one on the chip."""

_library = torch.library.Library("torch_fpga", "FRAGMENT")
_library.define("attend(Tensor query, Tensor key, Tensor value, Tensor? mask, float scale) -> Tensor")


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scale: float
) -> torch.Tensor:
    """``softmax(query @ key^T * scale + mask) @ value`` in float32, rounded once at the end.

    Args:
        query: [batch, heads, queries, d].
        key: [batch, key heads, keys, d], of one type with the others; the key heads divide the heads.
        value: [batch, key heads, keys, e].
        mask: [1 or batch, 1, 1, keys], added to the scores. A query to which it leaves nothing gets zeros.
        scale: a number.
    """
    return F.scaled_dot_product_attention(query, key, value, mask, scale=scale, enable_gqa=True).contiguous()


_library.impl("attend", _attend, "CompositeExplicitAutograd")
torch.library.register_fake("torch_fpga::attend", _attend, lib=_library)


def is_attended(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None) -> bool:
    """Whether ``attend`` takes them and is worth it: few queries a key, keys from a size on."""
    batch, heads, queries, _ = query.shape
    shared, keys, size = key.shape[1:]
    few = heads // shared * queries <= MAX_QUERIES
    rows = mask is None or (mask.dim() == 4 and mask.shape[0] in (1, batch) and tuple(mask.shape[1:]) == (1, 1, keys))
    many = key.numel() * key.element_size() >= LEAST_BYTES
    fits = keys * key.element_size() <= MAX_MASK_BYTES and max(size, value.shape[-1]) <= MAX_COLS
    return few and rows and many and fits


def _fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    kinds = [t.dtype for t in ins]
    if len(set(kinds)) > 1:
        return mixed("attention", *kinds)
    if not is_attended(*(arg.meta["val"] if isinstance(arg, fx.Node) else None for arg in node.args[:4])):  # type: ignore[arg-type]
        return Reason("unsupported-form", "attention of many queries, of few keys, or with a mask of several rows")
    return None


def _flops(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> int:
    query, key, value = ins[:3]
    return 2 * query.shape[:-1].numel() * key.shape[-2] * (key.shape[-1] + value.shape[-1])


ROWS = [Op("torch_fpga.attend.default", "attention", "", FLOATS, check=_fits, flops=_flops)]
