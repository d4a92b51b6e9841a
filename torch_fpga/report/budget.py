"""One image, one budget: what all kernels of a graph take of the card together."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping

from torch_fpga.report import kernels, units
from torch_fpga.report.design import DesignReport
from torch_fpga.report.kernels import RESOURCES

# What a person can do about too much of a resource.
_REDUCE = {
    "lut": "fewer lanes or channels, a smaller k of a top-k, or fewer different kernels",
    "ff": "fewer lanes or channels, or fewer different kernels",
    "dsp": "fewer lanes or channels, or a product in narrow integers",
    "bram18": "shorter rows that are held on the chip, or shallower FIFOs",
    "uram": "less that is kept on the chip from phase to phase",
    "ports": "fewer channels for a matrix, or fewer tensors a kernel",
}


@dataclasses.dataclass(frozen=True)
class Excess:
    """A resource of which there is not enough.

    Attributes:
        resource: its name in ``RESOURCES``.
        takes: what is wanted.
        has: what there is.
        where: the whole card, or one of its dies for a kernel that is larger than it.
        whole: it is the whole card.
        most: the region whose kernel takes most of it, and the part of that kernel that does.
    """

    resource: str
    takes: float
    has: float
    where: str
    whole: bool
    most: str

    @property
    def words(self) -> str:
        """By how much it is over, what takes most, what to reduce."""
        over = 100 * (self.takes / self.has - 1)
        return (
            f"{self.where} has {units.count(self.has)} {RESOURCES[self.resource]} and {units.count(self.takes)} are"
            f" wanted, {over:.0f} % too many; most is taken by {self.most}; less take {_REDUCE[self.resource]}"
        )


def verdict(designs: Mapping[str, DesignReport]) -> str:
    """Whether different kernels, by the first region of each, fit a card together, and what they take most of it."""
    room = next(iter(designs.values())).room
    shares = {name: sum(design.resources[name] for design in designs.values()) / has for name, has in room.items()}
    most = max(shares, key=shares.__getitem__)
    several, fit = len(designs) > 1, shares[most] <= 1
    verb = ("fit" if several else "fits") if fit else ("do not fit" if several else "does not fit")
    who = f"All {len(designs)} kernels together" if several else "The kernel"
    return f"{who} {verb} the card: {100 * shares[most]:.0f} % of its {RESOURCES[most]}."


def excesses(designs: Mapping[str, DesignReport]) -> list[Excess]:
    """Of what kernels take too much together, and each of them of a die. Estimated: LUTs no finer than a third.

    ``designs`` are those of different kernels, by the first region of each.
    """
    found = []
    room = next(iter(designs.values())).room if designs else {}
    for name, has in room.items():
        takes = sum(design.resources[name] for design in designs.values())
        if takes > has:
            largest = max(designs, key=lambda region: designs[region].resources[name])
            found.append(Excess(name, takes, has, "the card", True, _most(largest, designs[largest], name)))
    for region, design in designs.items():
        found += _over_a_die(region, design, {each.resource for each in found})
    return found


def _over_a_die(region: str, design: DesignReport, known: set[str]) -> list[Excess]:
    """What one kernel takes more of than a die has: it would be cut by the border between two."""
    over = []
    for name, has in design.room.items():
        share = has / design.slrs
        # All memory ports are on one die.
        if name != "ports" and name not in known and design.resources[name] > share:
            where = f"one of the {design.slrs} dies, on which a kernel should lie,"
            over.append(Excess(name, design.resources[name], share, where, False, _most(region, design, name)))
    return over


def _most(region: str, design: DesignReport, name: str) -> str:
    parts: dict[str, float] = defaultdict(float)
    for part, takes in design.parts.items():  # the tasks of all blocks together
        parts[kernels.unnumbered(part)] += takes.get(name, 0.0)
    part = max(parts, key=parts.__getitem__, default="")
    return f'{region}: {units.count(design.resources[name])}, of which "{part}" {units.count(parts[part])}'
