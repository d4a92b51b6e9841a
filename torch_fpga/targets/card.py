"""What a card has room for, by the data of ``cards.toml``."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from torch_fpga.errors import UserError
from torch_fpga.targets.chip import Chip, load_chip
from torch_fpga.targets.figures import known, positive, read, sourced

FILE = "cards.toml"
RESOURCES = ("lut", "ff", "dsp", "bram18", "uram", "ports")


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
    """The card of ``<name>.toml``. Raises UserError for a wrong figure in ``cards.toml``."""
    return card_of(read("cards"), name)


def card_of(data: dict[str, Any], name: str) -> Card:
    """The card of that name in ``data``."""
    where = f"{FILE}: {name}"
    row = known(where, known(FILE, data, (name,), data)[name], ("family", "slrs", *RESOURCES))
    room = {key: _room(f"{where}.{key}", row[key]) for key in RESOURCES}
    return Card(load_chip(row["family"]), positive(f"{where}.slrs", row["slrs"], ("value",))["value"], room)


def _room(where: str, row: Any) -> int:
    row = sourced(where, row, ("has", "shell"))
    if row["shell"] > row["has"]:
        raise UserError(f"{where}.shell is {row['shell']}, more than the chip has")
    return int(row["has"] - row["shell"])
