"""Elementwise rows: one scalar expression each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from torch_fpga.dtypes import ALL, FLOATS, INTS, NUMBERS
from torch_fpga.ops.row import PROMOTION, Op, mixed, per_output
from torch_fpga.reasons import Reason

MAX_POWER = 64
"""The highest whole power that is written out as multiplications."""


# Checks.


def _no_bools(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    if any(isinstance(arg, bool) for arg in node.args) or any(t.dtype is torch.bool for t in ins):
        return Reason("unsupported-form", "PyTorch subtracts no bool")
    return None


def _bool_condition(position: int) -> Callable[..., Reason | None]:
    def check(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
        kind = node.args[position].meta["val"].dtype  # type: ignore[union-attr]
        return None if kind is torch.bool else mixed("a condition", kind)

    return check


def _masked_fill(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    value = node.args[2].meta["val"]  # type: ignore[union-attr]
    if value.dtype != outs[0].dtype:
        return mixed("a fill", outs[0].dtype, value.dtype)
    return _bool_condition(1)(node, ins, outs)


def _whole_power(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    exponent: Any = node.args[1]
    if outs[0].dtype.is_floating_point or (0 <= exponent <= MAX_POWER and exponent == int(exponent)):
        return None
    return Reason("unsupported-form", f"integers to the power {exponent}; 0 to {MAX_POWER} are supported")


def _divisor(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    """An integer divided by zero is an error in PyTorch, and so is a rounding mode it does not know."""
    mode = node.kwargs.get("rounding_mode", "floor")
    if mode not in (None, "floor", "trunc"):
        return Reason("unsupported-form", f"rounding_mode={mode!r}")
    whole = mode is not None and not outs[0].dtype.is_floating_point
    if whole and (isinstance(node.args[1], fx.Node) or node.args[1] == 0):
        return Reason("unsupported-form", "integers divided by what may be zero")
    return None


def _same_device(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    if "device" in node.kwargs and node.kwargs["device"] not in (None, ins[0].device):
        return Reason("unsupported-form", "moves a tensor between devices")
    return None


# Expressions.


def _scaled(f: Any, value: Any, alpha: Any) -> Any:
    return value if alpha == 1 else f.mul(value, alpha)


def _clamp(f: Any, x: Any, low: Any = None, high: Any = None) -> Any:
    x = x if low is None else f.maximum(x, low)
    return x if high is None else f.minimum(x, high)


def _pow(f: Any, x: Any, exponent: Any) -> Any:
    simple = {0: lambda: 1, 1: lambda: x, 2: lambda: f.mul(x, x), 0.5: lambda: f.sqrt(x), -1: lambda: f.reciprocal(x)}
    if exponent not in simple and not f.floating(x):
        half = _pow(f, x, exponent // 2)
        square = f.mul(half, half)
        return f.mul(square, x) if exponent % 2 else square
    return simple.get(exponent, lambda: f.pow(x, exponent))()


def _rounded_div(f: Any, x: Any, y: Any, mode: str | None) -> Any:
    return {None: f.div, "floor": f.div_floor, "trunc": f.div_trunc}[mode](x, y)


def _sign(f: Any, x: Any) -> Any:
    return f.where(f.gt(x, 0), 1, f.where(f.lt(x, 0), -1, 0))


# Rows.


def map_row(target: str, expr: Callable[..., Any], dtypes: tuple[torch.dtype, ...] = ALL, **more: Any) -> Op:
    """A row of one expression; operands are promoted as most of PyTorch's ops do unless ``promotion`` differs."""
    more.setdefault("promotion", PROMOTION.DEFAULT)
    more.setdefault("flops", per_output(1))
    more.update(fusion="map", checks_numbers=True)
    return Op(f"aten.{target}", "map", dtypes=dtypes, expr=expr, **more)


def _conditional(position: int) -> dict[str, Any]:
    """Of a row whose operand at ``position`` is a condition."""
    return {"condition": position, "check": _bool_condition(position)}


_TO_FLOAT: dict[str, Any] = {"promotion": PROMOTION.INT_TO_FLOAT}
_TO_BOOL: dict[str, Any] = {"promotion": PROMOTION.ALWAYS_BOOL}
# Operations a transcendental costs on the FPGA's DSPs, about what an exponential takes (methods-and-hardware, 1.3).
_COSTLY: dict[str, Any] = {**_TO_FLOAT, "flops": per_output(8)}
_BITS = (*INTS, torch.bool)

_UNARY = [
    map_row("neg.default", lambda f, x: f.neg(x), NUMBERS),
    map_row("abs.default", lambda f, x: f.abs(x), NUMBERS),
    map_row("relu.default", lambda f, x: f.relu(x), NUMBERS),
    map_row("sign.default", _sign, NUMBERS),
    *(
        map_row(f"{fn}.default", lambda f, x, fn=fn: getattr(f, fn)(x), **_COSTLY)
        for fn in (
            *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal"),
            *("sigmoid", "tanh", "sin", "cos", "tan", "atan", "erf"),
        )
    ),
    *(
        map_row(f"{fn}.default", lambda f, x, fn=fn: getattr(f, fn)(x), NUMBERS)
        for fn in ("floor", "ceil", "trunc", "round")
    ),
    map_row("silu.default", lambda f, x: f.silu(x), FLOATS, flops=per_output(8)),
    map_row(
        "gelu.default",
        lambda f, x, approximate: f.gelu(x) if approximate == "none" else f.gelu_tanh(x),
        FLOATS,
        flops=per_output(8),
    ),
    map_row("logical_not.default", lambda f, x: f.logical_not(x), **_TO_BOOL),
    map_row("bitwise_not.default", lambda f, x: f.bitwise_not(x), _BITS),
    map_row("isnan.default", lambda f, x: f.ne(x, x), **_TO_BOOL),
    map_row("isinf.default", lambda f, x: f.eq(f.abs(x), float("inf")), FLOATS, **_TO_BOOL),
]
_BINARY = [
    row
    for form in ("Tensor", "Scalar")
    for row in [
        map_row(f"add.{form}", lambda f, x, y, alpha: f.add(x, _scaled(f, y, alpha))),
        map_row(f"sub.{form}", lambda f, x, y, alpha: f.sub(x, _scaled(f, y, alpha)), NUMBERS, check=_no_bools),
        map_row(f"rsub.{form}", lambda f, x, y, alpha: f.sub(y, _scaled(f, x, alpha)), NUMBERS, check=_no_bools),
        map_row(f"mul.{form}", lambda f, x, y: f.mul(x, y), wide_second=True, factors=(1, 0)),
        map_row(f"div.{form}", lambda f, x, y: f.div(x, y), wide_second=True, factors=(1,), **_TO_FLOAT),
        map_row(f"div.{form}_mode", _rounded_div, NUMBERS, check=_divisor),
        *(
            map_row(f"{fn}.{form}", lambda f, x, y, fn=fn: getattr(f, fn)(x, y), NUMBERS, check=_divisor)
            for fn in ("remainder", "fmod")
        ),
        *(
            map_row(f"{fn}.{form}", lambda f, x, y, fn=fn: getattr(f, fn)(x, y), **_TO_BOOL)
            for fn in ("eq", "ne", "lt", "le", "gt", "ge")
        ),
        *(
            map_row(f"{fn}.{form}", lambda f, x, y, fn=fn: getattr(f, fn)(x, y), _BITS)
            for fn in ("bitwise_and", "bitwise_or", "bitwise_xor")
        ),
        *(
            map_row(f"{name}.{form}", lambda f, x, y, fn=fn: getattr(f, fn)(x, y), INTS)
            for name, fn in (("__lshift__", "shift_left"), ("__rshift__", "shift_right"))
        ),
    ]
]
_MORE = [
    *(
        map_row(f"{name}.{form}", lambda f, x, y, fn=fn: getattr(f, fn)(x, y), INTS)
        for form in ("Tensor", "Tensor_Scalar")
        for name, fn in (("bitwise_left_shift", "shift_left"), ("bitwise_right_shift", "shift_right"))
    ),
    # torch-mlir calls the op of a tensor and a number by the second name.
    map_row("floor_divide.default", lambda f, x, y: f.div_floor(x, y), NUMBERS, check=_divisor),
    map_row("floor_divide.Scalar", lambda f, x, y: f.div_floor(x, y), NUMBERS, check=_divisor),
    map_row("maximum.default", lambda f, x, y: f.maximum(x, y)),
    map_row("minimum.default", lambda f, x, y: f.minimum(x, y)),
    map_row("logical_and.default", lambda f, x, y: f.logical_and(x, y), **_TO_BOOL),
    map_row("logical_or.default", lambda f, x, y: f.logical_or(x, y), **_TO_BOOL),
    map_row("logical_xor.default", lambda f, x, y: f.ne(f.logical_not(x), f.logical_not(y)), **_TO_BOOL),
    map_row("pow.Tensor_Scalar", _pow, check=_whole_power, flops=per_output(2)),
    map_row("pow.Tensor_Tensor", lambda f, x, y: f.pow(x, y), FLOATS, flops=per_output(8)),
    map_row("pow.Scalar", lambda f, x, y: f.pow(x, y), FLOATS, flops=per_output(8)),
    map_row("clamp.default", _clamp, NUMBERS),
    map_row("clamp.Tensor", _clamp, NUMBERS),
    map_row("clamp_min.default", lambda f, x, low: f.maximum(x, low), NUMBERS),
    map_row("clamp_max.default", lambda f, x, high: f.minimum(x, high), NUMBERS),
    map_row("where.self", lambda f, c, x, y: f.where(c, x, y), **_conditional(0)),
    map_row("where.ScalarOther", lambda f, c, x, y: f.where(c, x, y), **_conditional(0)),
    map_row("where.ScalarSelf", lambda f, c, x, y: f.where(c, x, y), **_conditional(0)),
    map_row("where.Scalar", lambda f, c, x, y: f.where(c, x, y), promotion=None, **_conditional(0)),
    map_row("masked_fill.Scalar", lambda f, x, mask, value: f.where(mask, value, x), **_conditional(1)),
    map_row("masked_fill.Tensor", lambda f, x, mask, value: f.where(mask, value, x), check=_masked_fill, condition=1),
    map_row("_to_copy.default", lambda f, x, *rest: x, promotion=None, check=_same_device, casts=True),
    map_row("clone.default", lambda f, x, *rest: x, promotion=None),
]
# Every element from its place alone. A fill's result takes no part in the promotion: its type is an argument.
_CREATIONS = [
    map_row("full.default", lambda f, place, size, value, *rest: value, promotion=None, creates=True),
    map_row(
        "arange.start_step",
        lambda f, place, start, stop, step, *rest: f.add(f.mul(f.like(place, start, step), step), start),
        NUMBERS,
        promotion=None,
        creates=True,
    ),
]

ROWS = [*_UNARY, *_BINARY, *_MORE, *_CREATIONS]
