"""Shapes to draw: odd sizes, size one, rank nought to four, strided in memory; and those without elements.

Each example builds a kernel with the C++ compiler. So a test has one by default, another for each type it is made for,
the same in every run; with ``HYPOTHESIS_PROFILE=thorough`` hypothesis draws twelve.
"""

from __future__ import annotations

import functools
import inspect
import os
import random
import zlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.ops.inputs import LAYOUTS

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
_SIZES = [1, 2, 3, 5, 7, 15, 16, 17, 31, 33]

Draw = Callable[[random.Random], Any]


def sizes(rng: random.Random) -> int:
    return rng.choice(_SIZES)


def shapes(rng: random.Random) -> tuple[int, ...]:
    return tuple(sizes(rng) for _ in range(rng.choice([0, 1, 2, 2, 3, 3])))


def matrices(rng: random.Random) -> tuple[int, ...]:
    return tuple(sizes(rng) for _ in range(rng.choice([1, 2, 2, 3])))


def empties(rng: random.Random) -> tuple[int, ...]:
    shape = [rng.choice([0, 1, 3, 17]) for _ in range(rng.randint(1, 3))]
    shape[rng.randrange(len(shape))] = 0
    return tuple(shape)


def one_of(*values: Any) -> Draw:
    return lambda rng: rng.choice(values)


layouts = one_of(*LAYOUTS)

# No shrinking, which would build hundreds. derandomize makes a failure come again.
_many = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def drawn(**draws: Draw) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a test an argument for each of ``draws``."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        if THOROUGH:
            return _many(given(**{name: st.randoms().map(draw) for name, draw in draws.items()})(test))

        @functools.wraps(test)
        def once(**arguments: Any) -> None:
            rng = random.Random(zlib.crc32(f"{test.__qualname__} {sorted(arguments.items(), key=str)}".encode()))
            test(**arguments, **{name: draw(rng) for name, draw in draws.items()})

        rest = [p for name, p in inspect.signature(test).parameters.items() if name not in draws]
        once.__signature__ = inspect.Signature(rest)  # type: ignore[attr-defined]
        return once

    return decorate
