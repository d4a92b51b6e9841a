"""One image for all kernels of a graph: where they take too much of the card together, each gets less of it.

A kernel with fewer memory ports or lanes is smaller and slower. Which of them gets how much is a multiple-choice
knapsack, solved exactly: one design a kernel, so that all fit and a call takes least.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from torch_fpga.compiler.lowered import Lowered
from torch_fpga.errors import FpgaError
from torch_fpga.targets.kernel import KernelOptions

PORTS = (24, 16, 12, 8, 6, 4)
"""What a kernel that is split over memory channels may have instead of all ports."""

LANES = (8, 4)
"""Of ordinary streams, instead of 16."""

FULL = (0.8, 1.0)
"""Shares of a card that kernels may take: a fuller chip is not routed at the clock counted with, but it may fit."""


@dataclasses.dataclass(frozen=True)
class Work:
    """What some regions of a graph do.

    Attributes:
        kernel: as it is with the card for itself.
        calls: how many regions of the graph are this work.
        lower: makes the kernel by other options. May raise FpgaError.
    """

    kernel: Lowered
    calls: int
    lower: Callable[[KernelOptions], Lowered]


def share(works: Sequence[Work], options: KernelOptions) -> list[KernelOptions] | None:
    """What each of several works is lowered by so that all fit one card; None if they do, or cannot by any of this.

    Args:
        works: different ones.
        options: what they were lowered by.
    """
    if _fits(works) or not _may_fit(works):
        return None
    tried = [dict(_designs(work, options)) for work in works]
    for full in FULL:
        if (chosen := _cheapest([list(designs.values()) for designs in tried], works, full)) is not None:
            return [list(designs)[number] for designs, number in zip(tried, chosen, strict=True)]
    return None


def _fits(works: Sequence[Work]) -> bool:
    room = works[0].kernel.design.room
    return all(sum(work.kernel.design.resources[name] for work in works) <= has for name, has in room.items())


def _may_fit(works: Sequence[Work]) -> bool:
    """Whether there are ports enough if all that is split over channels is split over two."""
    return sum(_least_ports(work.kernel) for work in works) <= works[0].kernel.design.room["ports"]


def _least_ports(kernel: Lowered) -> int:
    split = {port.bundle for port in kernel.signature.ports if port.channels > 1}
    return len({port.bundle for port in kernel.signature.ports} - split) + min(len(split), 2)


def _designs(work: Work, options: KernelOptions) -> Iterator[tuple[KernelOptions, Lowered]]:
    """Designs of a work that differ, the largest first."""
    yield options, work.kernel
    seen = {work.kernel.name}
    takes = work.kernel.design.resources["ports"]
    is_split = any(port.channels > 1 for port in work.kernel.signature.ports)
    ports = [count for count in PORTS if count < takes] if is_split else []
    fewest = min([options.ports, *ports])
    for count, lanes in (*((count, options.lanes) for count in ports), *((fewest, lanes) for lanes in LANES)):
        smaller = dataclasses.replace(options, ports=count, lanes=lanes)
        try:
            kernel = work.lower(smaller)
        except FpgaError:  # it holds for these options alone
            continue
        if kernel.name not in seen:
            seen.add(kernel.name)
            yield smaller, kernel


def _cheapest(tried: list[list[Lowered]], works: Sequence[Work], full: float) -> list[int] | None:
    """Which design of each work, so that all fit in a share of a card and a call takes least; None if they cannot."""
    from scipy.optimize import LinearConstraint, milp  # here, because its import takes as long as a small compilation

    room = works[0].kernel.design.room
    designs = [kernel.design for kernels in tried for kernel in kernels]
    counts = [len(kernels) for kernels in tried]
    owner = np.repeat(np.arange(len(works)), counts)
    calls = np.repeat([work.calls for work in works], counts)
    one_each = np.equal.outer(np.arange(len(works)), owner).astype(float)
    takes = np.array([[design.resources[name] for design in designs] for name in room])
    # All ports can be used: they are counted, not placed.
    has = np.array([count * (1.0 if name == "ports" else full) for name, count in room.items()])
    found = milp(
        calls * [design.microseconds for design in designs],
        integrality=np.ones(len(designs)),
        bounds=(0, 1),
        constraints=[LinearConstraint(one_each, 1, 1), LinearConstraint(takes, -math.inf, has)],
    )
    if not found.success:
        return None
    first = np.cumsum([0, *counts[:-1]])
    return [int(number) for number in np.flatnonzero(found.x > 0.5) - first]
