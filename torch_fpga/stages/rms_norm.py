"""RMS norm of each row."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.element_types import BY_MLIR
from torch_fpga.stages.common import sizes, spelling
from torch_fpga.stages.common.cost import Cost
from torch_fpga.stages.common.operands import Tensor, normed
from torch_fpga.stages.common.rows_on_chip import norm_cost
from torch_fpga.stages.common.stage import Call, Stage, Task, all_rows
from torch_fpga.targets.chip import Chip


class RmsNormOp(Mem.Operation, name="rms_norm", traits=[ext.Pure]):
    """RMS norm over the last dimension, with a weight where given."""

    source: ext.Operand[Any]
    eps: ir.FloatAttr
    res: ext.Result[Any]
    weight: ext.Operand[Any] | None = None


class RmsNormTask(Hls.Operation, name="rms_norm"):
    """RMS norm of each row; the weight is one row."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    max_cols: ir.IntegerAttr
    eps: ir.FloatAttr
    weight: ext.Operand[Any] | None = None


def _build(call: Call) -> Tensor:
    return normed(call, _norm)


def _norm(x: ir.Value, eps: float | None, affine: list[ir.Value | None]) -> ir.Value:
    # No eps means the type's own epsilon (torch.nn.functional.rms_norm).
    eps = BY_MLIR[str(mem.element(x))].epsilon if eps is None else eps
    return RmsNormOp(x, sizes.f32(eps), x.type, weight=affine[0]).res


def _lower(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    weight = reads[1] if len(reads) > 1 else None
    RmsNormTask(reads[0], writes[0], label, mem.i64(rows), sizes.cols(op), sizes.row_buffer(op), op.eps, weight=weight)


def _cost(op: Any, chip: Chip) -> Cost:
    return norm_cost(op, chip, "rms_norm_passes", ("weight",), centred=False)


STAGE = Stage(
    op=RmsNormOp,
    tasks=(
        Task(
            RmsNormTask,
            template="rms_norm",
            header="norms.hpp",
            parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), op.max_cols.value],
            arguments=lambda op: [
                *(op.source, *spelling.present(op, "weight"), op.out),
                *(*spelling.sizes(op, "rows", "cols"), spelling.number(op.eps.value)),
            ],
            cost=_cost,
        ),
    ),
    lower=all_rows(_lower),
    by_rows=_lower,
    kept=frozenset({1}),
    builders={"rms_norm": _build},
)
