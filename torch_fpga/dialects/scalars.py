"""Builds the scalar body of a ``mem.map`` from an expression of the op table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import arith, ir
from torch_fpga.element_types import BY_MLIR

_TO_BOOL = ("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_not")


class ScalarBuilder:
    """Its attributes are the scalar functions of hls_lib's math.hpp: ``f.mul(x, 0.5)``.

    Numbers take the type of the tensors they meet. 16-bit floats are computed in float32 and rounded once at the end
    of an op, as PyTorch does on the CPU.
    """

    def __getattr__(self, name: str) -> Callable[..., ir.Value]:
        return lambda *operands: self.apply(name, *operands)

    def apply(self, name: str, *operands: Any) -> ir.Value:
        condition = name == "where"
        typed = [x for x in operands[int(condition) :] if isinstance(x, ir.Value)]
        kind = typed[0].type if typed else _type_of_numbers(operands[1:])
        values = [x if isinstance(x, ir.Value) else self.constant(x, kind) for x in operands]
        result = ir.IntegerType.get_signless(1) if name in _TO_BOOL else kind
        named = dict(zip("bc", values[1:], strict=False))
        return mem.ScalarOp(values[0], ir.StringAttr.get(name), result, **named).res

    def constant(self, number: Any, kind: ir.Type) -> ir.Value:
        if isinstance(kind, ir.IntegerType):
            number = bool(number) if kind.width == 1 else number
            if kind.is_unsigned:  # arith has none
                return self.cast(self.constant(number, ir.IntegerType.get_signless(32)), kind)
            return arith.ConstantOp(kind, ir.IntegerAttr.get(kind, int(number))).result
        return arith.ConstantOp(kind, ir.FloatAttr.get(kind, float(number))).result

    def floating(self, value: ir.Value) -> bool:
        return not isinstance(value.type, ir.IntegerType)

    def like(self, value: ir.Value, *numbers: Any) -> ir.Value:
        """``value`` as a float if one of the numbers is one."""
        return self.cast(value, _type_of_numbers(numbers))

    def cast(self, value: ir.Value, kind: ir.Type) -> ir.Value:
        if value.type == kind:
            return value
        return mem.ScalarOp(value, ir.StringAttr.get("cast"), kind).res


def _type_of_numbers(numbers: Any) -> ir.Type:
    floating = any(isinstance(x, float) for x in numbers)
    return ir.F32Type.get() if floating else ir.IntegerType.get_signless(64)


def body_of_map(inputs: list[ir.Value], kind: ir.RankedTensorType, expression: Callable[..., Any]) -> ir.Value:
    """A ``mem.map`` of ``inputs`` whose body is ``expression(builder, *scalars)``, converted to ``kind``'s element."""
    first, *rest = inputs
    op = mem.MapOp(first, kind, **{f"in{i}": value for i, value in enumerate(rest, 1)})
    block = op.body.blocks.append(*[mem.element(value) for value in inputs])
    with ir.InsertionPoint(block):
        f = ScalarBuilder()
        wide = ir.F32Type.get()
        scalars = [f.cast(x, wide) if BY_MLIR[str(x.type)].half else x for x in block.arguments]
        result = expression(f, *scalars)
        if not isinstance(result, ir.Value):
            result = f.constant(result, kind.element_type)
        mem.YieldOp(f.cast(result, kind.element_type))
    return op.res
