"""What the hardware has, that a kernel is held against."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

Resources = Mapping[str, float]
"""How many of each resource, by its name: ``lut``, ``ff``, ``dsp``, ``bram``, ``uram``."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What the hardware has.

    Attributes:
        ports: m_axi ports that a kernel may have: the pseudo-channels of the HBM of a U55C or U280 (AMD UG1393).
        port_bits: of a memory port at which it is fastest.
        slr: resources of one die; what is not named is not checked.
        budget: resources of the whole card that kernels may take.
        resources: what a task or a buffer takes; None if that is not checked.
    """

    ports: int = 32
    port_bits: int = 512
    slr: Resources = dataclasses.field(default_factory=dict)
    budget: Resources = dataclasses.field(default_factory=dict)
    resources: Callable[[Any], Resources] | None = None
