"""Has the readers of a value read another one."""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.stages.common.operands import Tensor


def replace_readers(old: ir.Value, new: Tensor) -> None:
    """All readers of ``old`` read ``new``, which has the same elements at the same places.

    Views of ``old`` become views of what ``new`` is a view of, and are erased; where no strides can say it, a copy.
    """
    for use in list(old.uses):
        reader = use.owner
        view = mem.view_of(reader) if isinstance(reader, mem.ViewOp) else None
        seen = new.view.through(view) if view is not None else None
        with ir.InsertionPoint(reader):
            if seen is not None:
                reader.res.replace_all_uses_with(new.through(seen).value())
                reader.operation.erase()
            else:
                whole = new.value() if view is None else new.copy().value()
                reader.operation.operands[use.operand_number] = whole
