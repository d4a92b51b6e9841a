"""Layer norm of each row."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.dialects.scalars import body_of_map
from torch_fpga.stages.common import sizes, spelling
from torch_fpga.stages.common.cost import Cost
from torch_fpga.stages.common.operands import Tensor, normed
from torch_fpga.stages.common.rows_on_chip import norm_cost
from torch_fpga.stages.common.stage import Call, Stage, Task, all_rows
from torch_fpga.targets.chip import Chip
from torch_fpga.views import View


class LayerNormOp(Mem.Operation, name="layer_norm", traits=[ext.Pure]):
    """Layer norm over the last dimension, with an affine part where given."""

    source: ext.Operand[Any]
    eps: ir.FloatAttr
    res: ext.Result[Any]
    weight: ext.Operand[Any] | None = None
    bias: ext.Operand[Any] | None = None


class LayerNormTask(Hls.Operation, name="layer_norm"):
    """Layer norm of each row; weight and bias are one row each."""

    source: ext.Operand[Any]
    out: ext.Operand[Any]
    label: ir.StringAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    max_cols: ir.IntegerAttr
    eps: ir.FloatAttr
    weight: ext.Operand[Any] | None = None
    bias: ext.Operand[Any] | None = None


def _build(call: Call) -> Tensor:
    return normed(call, _norm)


def _norm(x: ir.Value, eps: float | None, affine: list[ir.Value | None]) -> ir.Value:
    assert eps is not None  # the operator has a default
    weight, bias = affine[0], affine[1]
    if weight is None and bias is not None:
        plain = Tensor.dense(LayerNormOp(x, sizes.f32(eps), x.type).res)
        wide = Tensor.dense(bias).through(View.whole(mem.shape(bias)).expand(mem.shape(x)))
        return body_of_map([plain.value(), wide.value()], x.type, lambda f, y, b: f.add(y, b))
    return LayerNormOp(x, sizes.f32(eps), x.type, weight=weight, bias=bias).res


def _lower(op: Any, rows: int, reads: list[ir.Value], writes: list[ir.Value], label: ir.StringAttr) -> None:
    named = [name for name in ("weight", "bias") if getattr(op, name) is not None]
    affine = dict(zip(named, reads[1:], strict=True))
    LayerNormTask(reads[0], writes[0], label, mem.i64(rows), sizes.cols(op), sizes.row_buffer(op), op.eps, **affine)


def _cost(op: Any, chip: Chip) -> Cost:
    return norm_cost(op, chip, "layer_norm_passes", ("weight", "bias"), centred=True)


STAGE = Stage(
    op=LayerNormOp,
    tasks=(
        Task(
            LayerNormTask,
            template="layer_norm",
            header="norms.hpp",
            parameters=lambda op: [spelling.elem(op.out), spelling.width(op.out), op.max_cols.value],
            arguments=lambda op: [
                *(op.source, *spelling.present(op, "weight", "bias"), op.out),
                *(*spelling.sizes(op, "rows", "cols"), spelling.number(op.eps.value)),
            ],
            cost=_cost,
        ),
    ),
    lower=all_rows(_lower),
    by_rows=_lower,
    kept=frozenset({1, 2}),
    builders={"layer_norm": _build},
)
