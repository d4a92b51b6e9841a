"""Formulas of numbers that were seen for some sizes: how the sizes of a region become arguments of its kernel.

The sizes of a region's tensors are polynomials of its symbols (``polynomial``). Every number of a kernel is made of
these by products and sums, and by divisions that round up where rows are cut into vectors and blocks. So a few samples
tell which: the formula with the fewest terms that gives all of them, a polynomial before any other. There are more
samples than terms; a number that no such formula gives has none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import sympy
from torch.utils._sympy.functions import Max

from torch_fpga.runtime.extents import Formula, Part

_Term = tuple[Part, ...]

LEAST = 63
"""Kernels are made for about so large sizes at least: below that they would be no smaller, and samples too few."""

DIVISORS = (*(1 << i for i in range(1, 11)), *(16 * i for i in range(3, 33) if i & (i - 1)))
"""What sizes are divided by: lanes and vectors, powers of two, and blocks of 16 rows a memory channel."""


def polynomial(size: sympy.Expr) -> bool:
    """Whether a size is made of symbols by sums and products alone, or a stride of such sizes.

    PyTorch has Max(1, s - 1) for the stride of s - 1 elements, which are at least one where a kernel runs.
    """
    size = size.replace(_is_stride, lambda least: least.args[1] if least.args[0] == 1 else least.args[0])
    return bool(size.is_polynomial(*size.free_symbols)) and not size.atoms(sympy.Function)


def _is_stride(part: sympy.Expr) -> bool:
    return isinstance(part, Max) and len(part.args) == 2 and 1 in part.args


def added(sizes: Sequence[sympy.Expr]) -> list[int]:
    """What is added to a symbol in some sizes: 0, and 1 of s + 1."""
    constants = {int(size.as_coeff_Add()[0]) for size in sizes if isinstance(size.as_coeff_Add()[1], sympy.Symbol)}
    return sorted({0, *constants}, key=abs)


def largest_for(bound: int, doubled: int = 0) -> int:
    """The least size from ``bound`` on that kernels are made for, or that so many times doubled.

    Buffers have room for a power of two, and three less than that is no multiple of anything that kernels divide by,
    nor is it with one more.
    """
    return (1 << max(bound + 2, LEAST).bit_length() + doubled) - 3


def shows(lanes: int, largest: int) -> bool:
    """Whether samples below ``largest`` show how often so many lanes go into a size, and so what smaller ones give."""
    return largest >= 4 * lanes - 3


def samples(largest: Sequence[int]) -> list[tuple[int, ...]]:
    """Sizes to look at: the largest, each extent varied, then all.

    None is a multiple of four, so that no row is whole vectors by chance, and all are in the upper half of what buffers
    have room for, whose sizes are powers of two.

    Args:
        largest: of each extent, as ``largest_for`` gives it.
    """
    varied = [_smaller(size) for size in largest]
    alone = [(*largest[:i], value, *largest[i + 1 :]) for i, values in enumerate(varied) for value in values]
    together = list(zip(*varied, strict=False))[1::2] if len(largest) > 1 else []
    return [tuple(largest), *alone, *together]


def _smaller(size: int) -> list[int]:
    """Odd ones, near and far, and two that are even. Of what is left over when they are divided by a power of two, some
    is less than half of it and some more."""
    steps = (2, 4, 8, 14, 36, 76, 150, size // 5, size // 4, size // 3)
    odd = [value - 1 + value % 2 for value in dict.fromkeys(size - step for step in steps)]
    return [value for value in (*odd, size - 3, size - 11) if value > (size + 3) // 2]


def fitted(sizes: Sequence[Sequence[int]], numbers: Sequence[int], more: Sequence[int] = (0,)) -> list[Formula]:
    """The simplest formula that gives each number for its sizes; none if there is none.

    Args:
        sizes: what ``samples`` gave.
        numbers: one for each.
        more: what may be added to an extent before it is divided; where several fit, there is one for each.
    """
    if len(set(numbers)) == 1:
        return [Formula(((numbers[0], ()),) if numbers[0] else ())]
    extents = range(len(sizes[0]))
    moved = [i for i in extents if len({n for s, n in zip(sizes, numbers, strict=True) if _alone(s, sizes[0], i)}) > 1]
    parts = [[_parts(extent, each) for extent in moved] for each in more]
    if len(moved) > 1:  # to try all divisors of all extents together takes minutes for three
        parts = [[_of_alone(some, sizes, numbers) for some in each] for each in parts]
    tried = ((_solved(terms, sizes, numbers) for terms in _candidates(each)) for each in parts)
    found = (next((formula for formula in formulas if formula is not None), None) for formulas in tried)
    return list(dict.fromkeys(formula for formula in found if formula is not None))


def told_apart(formulas: Sequence[Formula], sizes: Sequence[int]) -> tuple[int, ...]:
    """Sizes for which two formulas differ, near some that are the largest. Raises StopIteration if there are none."""
    first, second, *_ = formulas
    steps = range(min(sizes) // 2)
    below = ((*sizes[:i], size - step, *sizes[i + 1 :]) for step in steps for i, size in enumerate(sizes))
    return next(each for each in below if first.at(each) != second.at(each))


def _alone(sizes: Sequence[int], largest: Sequence[int], extent: int) -> bool:
    """Whether no extent but this one is varied."""
    return all(a == b for i, (a, b) in enumerate(zip(sizes, largest, strict=True)) if i != extent)


def _parts(extent: int, more: int) -> list[Part]:
    """What may stand for an extent, itself first."""
    return [Part(extent), *(Part(extent, divisor, more) for divisor in DIVISORS)]


def _of_alone(parts: Sequence[Part], sizes: Sequence[Sequence[int]], numbers: Sequence[int]) -> list[Part]:
    """Those of an extent's parts that give the numbers while no other extent is varied."""
    extent = parts[0].extent
    alone = [(each, number) for each, number in zip(sizes, numbers, strict=True) if _alone(each, sizes[0], extent)]
    own_sizes, own_numbers = zip(*alone, strict=True)
    return [part for part in parts if _solved([(part,), ()], own_sizes, own_numbers) is not None]


def _candidates(parts: Sequence[Sequence[Part]]) -> Iterator[list[_Term]]:
    """Terms that may be summed, the simplest first, of what may stand for each extent."""
    if len(parts) == 1:
        yield from _of_one(*parts)
        return
    for chosen in itertools.product(*parts):
        yield [tuple(chosen)]
        yield [each for n in range(len(chosen), -1, -1) for each in itertools.combinations(chosen, n)]


def _of_one(parts: Sequence[Part]) -> Iterator[list[_Term]]:
    whole, *divided = parts
    yield [(whole,)]
    yield [(whole,), ()]
    yield [(whole, whole), (whole,), ()]
    for part in divided:
        yield [(part,)]
        yield [(part,), ()]
    for part in divided:
        yield [(whole,), (part,), ()]
    for part in divided:
        yield [(whole, part), (whole,), (part,), ()]


def _solved(terms: Sequence[_Term], sizes: Sequence[Sequence[int]], numbers: Sequence[int]) -> Formula | None:
    """Whole factors of the terms by which all numbers come out; None if there are none."""
    if len(sizes) <= len(terms):
        return None
    rows = np.array([[Formula(((1, term),)).at(each) for term in terms] for each in sizes], float)
    factors, _, rank, _ = np.linalg.lstsq(rows, np.array(numbers, float), rcond=None)
    if rank < len(terms):
        return None
    found = Formula(tuple((round(factor), term) for factor, term in zip(factors, terms, strict=True) if round(factor)))
    return found if all(found.at(s) == n for s, n in zip(sizes, numbers, strict=True)) else None
