"""The operators that hls_lib's scalar functions, conversions and sums are made of, one behind the other."""

from __future__ import annotations

import dataclasses
from collections import Counter

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.element_types import BY_MLIR, ElementType
from torch_fpga.errors import InternalError

Chain = tuple[str, ...]

FLOAT32 = BY_MLIR["f32"]

# Of functions on floats and on integers; where a function has no integer form the second is not there.
_FLOATS: dict[str, Chain] = {
    **dict.fromkeys(("add", "sub"), ("fadd",)),
    **dict.fromkeys(("mul", "square"), ("fmul",)),
    **dict.fromkeys(("div", "reciprocal"), ("fdiv",)),
    **dict.fromkeys(("neg", "abs"), ()),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "logical_not"), ("fcmp",)),
    **dict.fromkeys(("logical_and", "logical_or"), ("fcmp", "fcmp")),
    **dict.fromkeys(("maximum", "minimum", "relu"), ("fcmp", "select")),
    "clamp": ("fcmp", "select", "fcmp", "select"),
    "where": ("select",),
    "exp": ("fexp",),
    "exp2": ("fmul", "fexp"),
    "expm1": ("fexp", "fadd"),
    "log": ("flog",),
    "log1p": ("fadd", "flog"),
    **dict.fromkeys(("log2", "log10"), ("flog", "fmul")),
    "sqrt": ("fsqrt",),
    "rsqrt": ("fsqrt", "fdiv"),
    **dict.fromkeys(("sin", "cos"), ("fsin",)),
    "tan": ("fsin", "fsin", "fdiv"),
    "atan": ("fatan",),
    "tanh": ("ftanh",),
    "erf": ("ferf",),
    "pow": ("fpow",),
    "sigmoid": ("fexp", "fadd", "fdiv"),
    "silu": ("fexp", "fadd", "fdiv", "fmul"),
    "gelu": ("fmul", "ferf", "fadd", "fmul", "fmul"),
    "gelu_tanh": ("fmul", "fmul", "fmul", "fadd", "fmul", "ftanh", "fadd", "fmul", "fmul"),
    **dict.fromkeys(("floor", "ceil", "trunc", "round"), ("fround",)),
    "div_trunc": ("fdiv", "fround"),
    "fmod": ("ffmod",),
    "remainder": ("ffmod", "fcmp", "fadd"),
    "div_floor": ("ffmod", "fadd", "fdiv", "fround", "fadd"),
}
_INTEGERS: dict[str, Chain] = {
    **dict.fromkeys(("add", "sub", "neg"), ("iadd",)),
    "abs": ("iadd", "select"),
    **dict.fromkeys(("mul", "square"), ("imul",)),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "logical_not"), ("icmp",)),
    **dict.fromkeys(("logical_and", "logical_or"), ("icmp", "icmp", "logic")),
    **dict.fromkeys(("maximum", "minimum", "relu"), ("icmp", "select")),
    "clamp": ("icmp", "select", "icmp", "select"),
    "where": ("select",),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"), ("logic",)),
    **dict.fromkeys(("shift_left", "shift_right"), ("icmp", "shift")),
    "wrapped_index": ("icmp", "iadd", "select"),
    **dict.fromkeys(("floor", "ceil", "trunc", "round"), ()),
    **dict.fromkeys(("div_trunc", "fmod"), ("idiv",)),
    "remainder": ("idiv", "icmp", "iadd"),
    "div_floor": ("idiv", "icmp", "iadd"),
}


def element_type(value: ir.Value | ir.Type) -> ElementType:
    """Of a stream, port or buffer, or of a scalar."""
    kind = value.type if isinstance(value, ir.Value) else value
    return BY_MLIR[str(getattr(kind, "element", kind))]


def scalar(op: mem.ScalarOp) -> Chain:
    """A scalar function of hls_lib's math.hpp. Raises InternalError for one that has no row here."""
    kind, result = element_type(op.operands[-1]), element_type(op.res)
    if op.fn.value == "cast":
        return cast(kind, result)
    table = _FLOATS if kind.floating else _INTEGERS
    if op.fn.value not in table:
        raise InternalError(f"{op.fn.value} of {kind.name} has no cost")
    chain = table[op.fn.value]
    if not kind.floating:
        return chain
    # 16-bit floats are computed in float32.
    return cast(kind, FLOAT32) + chain + (cast(FLOAT32, result) if result.floating else ())


def cast(source: ElementType, target: ElementType) -> Chain:
    """A conversion."""
    if source == target:
        return ()
    if source.half:
        # The bits of a bfloat16 are the upper ones of a float32.
        widened = () if source.name == "bfloat16" else ("half_to_float",)
        return (*widened, *cast(FLOAT32, target))
    if target.half:
        return (*cast(source, FLOAT32), "float_to_bfloat" if target.name == "bfloat16" else "float_to_half")
    if target.name == "bool":
        return ("fcmp",) if source.floating else ("icmp",)
    if source.floating:
        return ("fcmp", "float_to_int")
    return ("int_to_float",) if target.floating else ()


def add(kind: ElementType) -> str:
    """The adder of a sum in ``kind`` whose result no other sum waits for."""
    return "fadd" if kind.floating else "iadd"


def add_carried(kind: ElementType) -> str:
    """The adder of a sum in ``kind`` that the next sum waits for: the one of fewest stages."""
    return "fadd_carried" if kind.floating else "iadd"


def multiply(kind: ElementType) -> str:
    """The multiplier of a product in ``kind``."""
    return "fmul" if kind.floating else "imul" if kind.bytes > 1 else "imul_narrow"


def levels(width: int) -> int:
    """Operators one behind the other in a tree that joins ``width`` values."""
    return (width - 1).bit_length()


@dataclasses.dataclass(frozen=True)
class OverTime:
    """How hls_lib joins the lanes of every vector by a ``tree`` and the vectors by a ``running_tree``: II = 1.

    Attributes:
        operator: joins two values.
        width: lanes.
        vectors: at most.
    """

    operator: str
    width: int
    vectors: int

    @property
    def levels(self) -> int:
        """Operators one behind the other."""
        return levels(self.width) + levels(self.vectors)

    @property
    def chain(self) -> Chain:
        return self.levels * (self.operator,)

    def operators(self) -> Counter[str]:
        """Those of an iteration."""
        return Counter({self.operator: self.width - 1 + levels(self.vectors)})


def times(operators: Counter[str], count: int) -> Counter[str]:
    """So many of each."""
    return Counter({name: count * number for name, number in operators.items()})


def chains(*parts: tuple[Chain, int]) -> Counter[str]:
    """How many of each operator there are in chains that stand side by side so many times."""
    count: Counter[str] = Counter()
    for chain, times in parts:
        for name in chain:
            count[name] += times
    return count
