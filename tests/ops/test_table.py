"""The op table itself: one row for an overload, and each row an overload there is."""

from __future__ import annotations

import pytest
import torch

from torch_fpga.dialects import mem
from torch_fpga.errors import InternalError
from torch_fpga.ops import OPS
from torch_fpga.ops.row import Op
from torch_fpga.ops.shapes import MAX_INPUTS
from torch_fpga.ops.support import table_of


def test_a_row_twice_is_an_error() -> None:
    row = Op("aten.neg.default", "map")
    assert table_of([row]) == {row.target: row}
    with pytest.raises(InternalError, match=r"two rows for aten\.neg\.default"):
        table_of([row, Op("aten.abs.default", "map"), Op("aten.neg.default", "softmax")])


@pytest.mark.parametrize("row", OPS.values(), ids=OPS)
def test_what_a_row_says_goes_together(row: Op) -> None:
    assert (row.expr is not None) == (row.stage == "map") == (row.fusion == "map")
    assert row.is_view == (row.stage == "view")
    assert row.promotion is None or row.converts is None, (
        "a map's operands are promoted, and nothing else is done to them"
    )
    assert not row.creates or row.promotion is None
    if row.condition is not None:
        overload = getattr(getattr(torch.ops.aten, row.target.split(".")[1]), row.target.split(".")[2])
        assert overload._schema.arguments[row.condition].name in ("condition", "mask")


def test_a_join_may_have_as_many_inputs_as_its_op() -> None:
    assert MAX_INPUTS == mem.MAX_INPUTS == sum(name.startswith("in") for name in mem.ConcatOp.__annotations__)


def test_who_selects_gives_indices() -> None:
    selecting = {row.target for row in OPS.values() if row.selects}
    assert selecting == {
        *("aten.topk.default", "aten.sort.default", "aten.sort.stable", "aten.max.dim", "aten.min.dim"),
        *("aten.argmax.default", "aten.argmin.default"),
    }
