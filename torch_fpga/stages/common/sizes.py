"""Sizes of tasks, as attributes, from the shapes of mem ops."""

from __future__ import annotations

from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.lanes import power_of_two, rows_and_cols
from torch_fpga.dialects.mlir import ir


def rows(op: Any) -> list[ir.IntegerAttr]:
    """Rows and columns of the first operand, whose last dimension is a row."""
    return list(map(mem.i64, rows_and_cols(mem.shape(op.operands[0]))))


def cols(op: Any) -> ir.IntegerAttr:
    """Columns of the first operand."""
    return mem.i64(rows_and_cols(mem.shape(op.operands[0]))[1])


def out_cols(op: Any) -> ir.IntegerAttr:
    """Elements in a row of the first result."""
    return mem.i64(rows_and_cols(mem.shape(op.results[0]))[1])


def row_buffer(op: Any) -> ir.IntegerAttr:
    """The size of an on-chip buffer for a row: a power of two, so that kernels of like sizes are alike."""
    return mem.i64(power_of_two(rows_and_cols(mem.shape(op.operands[0]))[1]))


def accumulator(kind: ir.Type) -> ir.TypeAttr:
    """Floats add up in float32, integers in their own width and wrap."""
    return ir.TypeAttr.get(kind if isinstance(kind, ir.IntegerType) else ir.F32Type.get())


def f32(value: float) -> ir.FloatAttr:
    """A float32 attribute."""
    return ir.FloatAttr.get(ir.F32Type.get(), value)
