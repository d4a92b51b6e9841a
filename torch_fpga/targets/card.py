"""What a card has room for, by the data of ``cards.toml``."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch_fpga.targets.chip import Chip, load_chip


@dataclasses.dataclass(frozen=True)
class Card:
    """The chip of a card.

    Attributes:
        chip: its operators.
        slrs: its dies.
        room: what of each resource (LUT, FF, DSP, 18 Kbit block RAM, URAM, memory ports) the shell leaves.
    """

    chip: Chip
    slrs: int
    room: Mapping[str, int]


@functools.cache
def load_card(name: str) -> Card:
    """The card of ``<name>.toml``."""
    with (Path(__file__).parent / "cards.toml").open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)[name]
    family, slrs = data.pop("family"), data.pop("slrs")
    return Card(load_chip(family), slrs, {name: row["has"] - row["shell"] for name, row in data.items()})
