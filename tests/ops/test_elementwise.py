"""Every elementwise row against PyTorch. One kernel computes all ops of a type at a shape."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, trace
from tests.ops.inputs import ALL, FLOATS, INTS, NUMBERS, close, make
from tests.ops.shapes import drawn, layouts, shapes

F = torch.nn.functional


@drawn(shape=shapes, layout=layouts)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_float_functions(dtype, shape, layout):
    def f(x, y):
        near, wide = x * 0.25, y * 4
        return (
            *(x.exp(), x.abs().log(), x.abs().log1p(), x.abs().sqrt()),
            *((x.abs() + 0.1).rsqrt(), (x.abs() + 0.5).reciprocal()),
            *(x.sigmoid(), x.tanh(), near.sin(), near.cos(), F.silu(x), F.gelu(x), F.gelu(x, approximate="tanh")),
            *(x.pow(2), x.abs().pow(0.5), x.abs().pow(1.5), wide.tanh(), wide.sigmoid(), F.gelu(wide)),
        )

    check(f, make(shape, dtype, 1, layout), make(shape, dtype, 2), **close(dtype, 2))


@drawn(shape=shapes, layout=layouts)
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_arithmetic(dtype, shape, layout):
    def f(x, y):
        return (
            *(x + y, x - y, x * y, x / y, -x, x.abs()),
            *(x + 2, x - 3, x * 3, x / 2, 5 - x, x.relu(), torch.maximum(x, y), torch.minimum(x, y)),
            *(x.clamp(-1, 2), x.clamp(min=0), x.clamp(max=1), torch.clamp(x, -abs(y), abs(y))),
            *(x == y, x != y, x < y, x <= y, x > y, x >= y, x == 1, x > 0.5, x <= -1),
            *(torch.where(x > y, x, y), torch.where(x > 0, x, 0), x.masked_fill(x < y, 1)),
        )

    check(f, make(shape, dtype, 3, layout), make(shape, dtype, 4), **close(dtype))


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_scaled_sums(dtype):
    # PyTorch rounds a 16-bit scaled operand once more in the tail of its vector loops, and only there.
    near = {torch.float16: 0.02, torch.bfloat16: 0.13, torch.float32: 1e-5}.get(dtype, 0)

    def f(x, y):
        return torch.add(x, y, alpha=3), torch.sub(x, y, alpha=2), torch.rsub(x, y, alpha=2)

    check(f, make((7, 33), dtype, 1), make((7, 33), dtype, 2), rtol=1e-6, atol=near)


@drawn(shape=shapes, layout=layouts)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_conversions(dtype, shape, layout):
    check(lambda x: tuple(x.to(to) for to in ALL if to is not dtype), make(shape, dtype, 5, layout))


@drawn(shape=shapes)
@pytest.mark.parametrize("dtype", [*INTS, torch.bool], ids=str)
def test_bits(dtype, shape):
    def f(x, y):
        return x & y, x | y, x ^ y, ~x, x.logical_not(), x + y, x * y, x == y

    check(f, make(shape, dtype, 6), make(shape, dtype, 7))


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_logic_and_squares_of_every_type(dtype):
    def f(x, y):
        return torch.logical_and(x, y), torch.logical_or(x, y), torch.logical_and(x, y > 0), x**2, x**1, x**2.0

    check(f, make((5, 7), dtype, 8), make((5, 7), dtype, 9), **close(dtype, 2))


@pytest.mark.usefixtures("optimised")
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_special_values(dtype):
    # PyTorch's vectorised gelu gives NaN for an infinity; the stage gives the limit; only finite values are compared.
    inf, nan = float("inf"), float("nan")
    x = torch.tensor([0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 80.0, -80.0, 1e-7, 89.0, -104.0], dtype=dtype)
    y = torch.tensor([nan, 0.0, inf, -inf, inf, inf, 0.0, -0.0, 1.0, 2.0, nan, 0.0], dtype=dtype)

    def f(x, y):
        return (
            *(x.exp(), x.log(), x.log1p(), x.sqrt(), x.rsqrt(), x.reciprocal()),
            *(x.sigmoid(), x.tanh(), x.relu(), x.abs(), -x),
            *(
                F.silu(x),
                F.gelu(x.clamp(-100, 100)),
                x + y,
                x - y,
                x * y,
                x / y,
                torch.maximum(x, y),
                torch.minimum(x, y),
            ),
            *(x.clamp(-1, 1), x == y, x < y, x >= y, x != y, torch.where(x > 0, x, y), x.to(torch.bool)),
        )

    check(f, x, y, **close(dtype, 2))


@pytest.mark.usefixtures("optimised")
@pytest.mark.parametrize("dtype", INTS, ids=str)
def test_integers_wrap(dtype):
    info = torch.iinfo(dtype)
    x = torch.tensor([info.max, info.min, -1, 1, 0, info.min], dtype=dtype)
    y = torch.tensor([1, -1, info.min, info.max, info.min, info.min], dtype=dtype)
    check(lambda x, y: (x + y, x - y, x * y, -x, x.abs(), x.to(torch.int8), x.to(torch.int32)), x, y)


def test_types_meet():
    f16, bf16, f32 = (make((3, 5), t, i) for i, t in enumerate(FLOATS))
    i8, i64, flag = make((3, 5), torch.int8, 1), make((3, 5), torch.int64, 2), make((3, 5), torch.bool, 3)

    def f(f16, bf16, f32, i8, i64, flag):
        return f16 + f32, bf16 * i64, i8 + i64, i8 / 2, flag + i8, i8 * 2.5, f16 * 0.1, flag * 3, i64 > 1.5, f16 < i8

    check(f, f16, bf16, f32, i8, i64, flag, **close(torch.bfloat16))


def test_types_meet_in_comparisons():
    narrow = make((3, 5), torch.float16, 1)
    wide = narrow.float() + 1e-5  # equal once rounded to 16 bits
    check(lambda x, y: (x == y, y == x, x < y, x >= y, torch.where(x == y, x, y)), narrow, wide)


@pytest.mark.parametrize(
    "number", [0.1, 2049, 1e-5, *(pytest.param(x, marks=pytest.mark.slow) for x in (1 / 3, -0.7, 100.1))]
)
@pytest.mark.parametrize("dtype", FLOATS[1:], ids=str)
def test_numbers_that_16_bits_cannot_hold(dtype, number):
    """Bit by bit: PyTorch rounds a number to the type first, but multiplies and divides by it as it is."""
    x = torch.cat([make((30, 32), dtype, 1).flatten(), torch.full((64,), number).to(dtype)])
    y = make((1024,), dtype, 2)  # whole vectors: see test_scaled_sums

    def f(x, y, given):
        return (
            *(x + number, x - number, number - x, x * number, number * x, x / number, x.abs() ** number),
            *(x == number, x != number, x < number, x <= number, x > number, x >= number),
            *(x.clamp(min=number), x.clamp(max=number), torch.where(x == number, 1.0, number)),
            *(torch.where(x > 0, x, number), x.masked_fill(x > 0, number)),
            *(x + given, x * given, given * x, x / given, given / x, x == given, x < given),
            *(torch.add(x, y, alpha=number), torch.sub(x, y, alpha=number), torch.rsub(x, y, alpha=number)),
        )

    check(f, x, y, torch.tensor(float(number)), rtol=0, atol=0)


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_bools_as_numbers(dtype):
    def f(x, mask):
        filled = x.masked_fill(mask == False, True)  # noqa: E712
        return x + True, x * True, x == True, filled, torch.where(mask, True, False), mask.masked_fill(mask, 2)  # noqa: E712

    check(f, make((3, 5), dtype, 1), make((3, 5), torch.bool, 2))


def test_a_fill_keeps_the_type():
    x = torch.tensor([2**40 + 1, -3, 7])
    check(lambda x: (x.masked_fill(x == 7, 0.5), x.masked_fill(x == 7, -2.5), x.masked_fill(x == 7, True)), x)


@pytest.mark.parametrize("mode", ["floor", "trunc", None])
def test_division_by_a_number(mode):
    x = torch.randn(3, 5) * 9
    check(lambda x: (torch.div(x, 2, rounding_mode=mode), torch.div(x, -2.5, rounding_mode=mode)), x)
    check(lambda x: torch.div(x, 3, rounding_mode=mode), x.to(torch.int32))


I8, HALF = torch.tensor([1, 2, 100], dtype=torch.int8), torch.tensor([1.0, 2.0, 3.0]).half()


@pytest.mark.parametrize(
    ("function", "x"),
    [
        *((function, I8) for function in (lambda x: x.clamp(-300, 300), lambda x: x.masked_fill(x > 1, 300))),
        *((function, I8) for function in (lambda x: torch.where(x > 1, x, 300), lambda x: torch.add(x, x, alpha=300))),
        *((function, I8) for function in (lambda x: x < 300, lambda x: x == 2**40, lambda x: x + 300)),
        (lambda x: x - True, I8),
        *((function, HALF) for function in (lambda x: x.clamp(-1e6, 1e6), lambda x: x.masked_fill(x > 1, -1e9))),
        *((function, HALF) for function in (lambda x: x.pow(1e9), lambda x: x < 1e9, lambda x: x == 1j)),
        (lambda x: x.masked_fill(x > 1, x.float().sum()), HALF),
    ],
)
def test_numbers_that_do_not_fit_are_left_to_pytorch(function, x):
    """It raises for some, wraps for others and compares a few exactly."""
    calls = [node for node in trace(function, x).graph.nodes if node.op == "call_function"]
    reasons = {node.meta["support"].code for node in calls if node.meta["support"] is not None}
    assert reasons & {"unsupported-form", "unsupported-dtype"}


def test_infinities_fit():
    check(lambda x: (x.masked_fill(x > 1, -torch.inf), x.clamp(max=torch.inf), x + torch.inf, x < torch.nan), HALF)


def test_broadcasting():
    a, b, c, d = (
        make((4, 1, 5), torch.float32),
        make((3, 1), torch.float32),
        make((), torch.float32),
        make((5,), torch.float32),
    )
    check(lambda a, b, c, d: (a + b, a * c, (a + b) * d, c + c, torch.where(a > 0, b, d)), a, b, c, d)


def test_a_long_chain_is_one_map():
    def f(x, y):
        for i in range(12):
            x = torch.tanh(x * 0.5 + y) - i * 0.01
        return x

    check(f, make((9, 33), torch.float32), make((9, 33), torch.float32, 1), **close(torch.float32, 10))
