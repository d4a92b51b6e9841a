"""Rows that read a table by index."""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.ops.row import Check, Op, mixed
from torch_fpga.reasons import Reason

_INDEX_TYPES = (torch.int32, torch.int64)


def _index_at(position: int) -> Check:
    def check(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
        return _index_type(node.args[position].meta["val"].dtype)  # type: ignore[union-attr]

    return check


def _index_type(kind: torch.dtype) -> Reason | None:
    return None if kind in _INDEX_TYPES else mixed("an index", kind)


def _index_form(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    given = [index.meta["val"].dtype for index in node.args[1] if index is not None]  # type: ignore[union-attr]
    if any(kind in (torch.bool, torch.uint8) for kind in given):
        return Reason("unsupported-form", "a boolean mask gives a size that depends on the data")
    return next((reason for kind in given if (reason := _index_type(kind))), None)


ROWS = [
    Op("aten.gather.default", "gather", check=_index_at(2), irregular=True),
    Op("aten.index_select.default", "select", "", check=_index_at(2), irregular=True),
    Op("aten.embedding.default", "embedding", "", check=_index_at(1), irregular=True),
    Op("aten.index.Tensor", "index", "", check=_index_form, irregular=True),
]
