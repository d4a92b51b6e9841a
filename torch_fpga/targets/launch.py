"""How a card is had to run a region, and what that takes beside the kernel. Times in us.

- ``xrt``: XRT starts the kernel and waits for its end, a step.
- ``persistent``: the kernel was started once. It polls a word in the host's memory, runs when a command is there, and
  writes into the host's memory when it is done.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

from torch_fpga.errors import UserError
from torch_fpga.targets.figures import known, positive, read
from torch_fpga.targets.fpga import Fpga

FILE = "launches.toml"

Way = Literal["xrt", "persistent"]


@dataclasses.dataclass(frozen=True)
class Commands:
    """What a command to a running kernel takes.

    Attributes:
        cards: whose kernels reach the host's memory.
        read_us: by the kernel, of the host's memory.
        write_us: by the kernel, until the host sees it.
    """

    cards: tuple[str, ...]
    read_us: float
    write_us: float

    @property
    def us(self) -> float:
        """From the host's command until it sees the end, the kernel's work not counted.

        A poll that has just missed the command is followed by one that finds it: one and a half reads in the mean. One
        more read has the arguments, and a write tells the end. The host's own reads and writes are of its memory.
        """
        return 2.5 * self.read_us + self.write_us


@dataclasses.dataclass(frozen=True)
class Launching:
    """The way of a region on a card, its time a step, and why it is this one."""

    way: Way
    us: float
    why: str


@functools.cache
def load_commands() -> Commands:
    """What ``launches.toml`` says. Raises UserError for a wrong figure in it."""
    data = known(FILE, read("launches"), ("cards", "read_us", "write_us"))
    times = (positive(f"{FILE}: {key}", data[key], ("value",))["value"] for key in ("read_us", "write_us"))
    return Commands(tuple(data["cards"]), *times)


def launching(wanted: str, target: str, card: Fpga) -> Launching:
    """The way that the option ``launch`` leaves to regions on ``target``; of two the faster one.

    Raises:
        UserError: it asks for kernels that are started once, and those of the card do not reach the host's memory.
    """
    commands = load_commands()
    if wanted == "xrt":
        return Launching("xrt", card.launch_us, "asked for")
    if target not in commands.cards:
        why = f"kernels of the {card.name} do not reach the host's memory"
        if wanted == "persistent":
            raise UserError(
                f"option launch='persistent': {why}",
                code="bad-option",
                hint=f"targets whose kernels do: {', '.join(commands.cards)}",
            )
        return Launching("xrt", card.launch_us, why)
    if wanted == "persistent":
        return Launching("persistent", commands.us, "asked for")
    if commands.us < card.launch_us:
        return Launching("persistent", commands.us, f"a launch by XRT takes {card.launch_us:g} us")
    return Launching("xrt", card.launch_us, f"a command to a running kernel takes {commands.us:g} us")


def started(card: Fpga, by: Launching) -> Fpga:
    """The card, with ``launch_us`` as regions are launched."""
    if by.way == "xrt":
        return card
    return dataclasses.replace(card, launch_us=by.us, sources={**card.sources, "launch_us": FILE})
