"""New rows in a key-value cache, as a value: what ``index_copy`` gives. A cache that is written stays on the GPU."""

from __future__ import annotations

import torch

from torch_fpga.ops.composites.composite import Composite, Form, like

MAX_ROWS = 4
"""Each row is a comparison for every row of the cache; more are put where they belong by writing."""


def update_rows(cache: torch.Tensor, index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """``cache`` [..., n, d] with ``rows`` [..., m, d] at the places ``index`` (int64 [m], 0 to n - 1) of dimension -2.

    All of one type. Of two rows for one place the later stays, as on a CPU. Raises IndexError for a place outside.
    """
    return cache.index_copy(cache.dim() - 2, index, rows)


def _from_behind(cache: torch.Tensor, index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    return cache.index_copy(-2, index, rows)


def update_rows_stages(cache: torch.Tensor, index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """``update_rows`` of ops that have rows. Raises ValueError for more than ``MAX_ROWS`` rows."""
    count, size = rows.shape[-2], cache.shape[-2]
    if count > MAX_ROWS or index.dim() != 1:
        raise ValueError("too many rows to compare each with")
    places = torch.arange(size, device=cache.device)
    # A selection tells of a place outside, which a comparison would pass over.
    index = places.index_select(0, index)
    for i in range(count):
        cache = torch.where((places == index[i])[:, None], rows[..., i : i + 1, :], cache)
    return cache


_CALL = (like(1, 2, 8, 4), like(1, dtype=torch.int64), like(1, 2, 1, 4))

_FORMS = [Form(_CALL), Form(_CALL, _from_behind)]
COMPOSITES = [Composite(update_rows, _FORMS, stages=update_rows_stages, fuses="opaque")]
