"""New rows in a key-value cache, as a value: what ``cache[..., index, :] = rows`` gives."""

from __future__ import annotations

import math

import torch

from torch_fpga.ops.composites.composite import Composite, Form, like
from torch_fpga.ops.composites.update_rows import update_rows_stages

aten = torch.ops.aten


def put_rows(cache: torch.Tensor, index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """``cache`` [..., n, d] with ``rows`` at the places ``index`` (int64 [m], -n to n - 1) of dimension -2.

    ``rows`` are broadcast to [..., m, d], all of one type; negative places count from the end. Of two rows for one
    place either may stay. Raises IndexError for a place outside.
    """
    result: torch.Tensor = aten.index_put.default(cache, [None] * (cache.dim() - 2) + [index], rows)
    return result


def _stages(cache: torch.Tensor, index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    shape = (*cache.shape[:-2], *index.shape, cache.shape[-1])
    if index.dtype is not torch.int64 or rows.numel() != math.prod(shape):
        raise ValueError("a mask, or rows that are broadcast")
    # An assignment has taken the leading dimensions of one element away.
    return update_rows_stages(cache, torch.where(index < 0, index + cache.shape[-2], index), rows.reshape(shape))


_FORMS = [Form((like(*outer, 8, 4), like(1, dtype=torch.int64), like(*outer, 1, 4))) for outer in ((), (2,), (1, 2))]
COMPOSITES = [Composite(put_rows, _FORMS, stages=_stages, fuses="opaque")]
