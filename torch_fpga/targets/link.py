"""What the way between GPU and FPGA costs (methods-and-hardware, section 1.3). Times in us, energies in uJ."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, Literal

from torch_fpga.errors import UserError
from torch_fpga.targets.figures import known, read, sourced

KIB_PER_GIB = 1 << 20
FILE = "links.toml"

Direction = Literal["to_fpga", "to_gpu"]


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """Bandwidth in GiB/s as a line over the size in KiB; holds for sizes up to ``up_to_kib``."""

    slope: float
    base: float
    up_to_kib: float = float("inf")

    def time_us(self, kib: float) -> float:
        return kib / KIB_PER_GIB / (self.slope * kib + self.base) * 1e6


@dataclasses.dataclass(frozen=True)
class Way:
    """One direction of a link: no transfer takes less than ``least_us``."""

    least_us: float
    pieces: tuple[Piece, ...]

    def time_us(self, nbytes: int) -> float:
        kib = nbytes / 1024
        return max(self.least_us, next(piece for piece in self.pieces if kib <= piece.up_to_kib).time_us(kib))


@dataclasses.dataclass(frozen=True)
class Link:
    """The way between GPU and FPGA. ``measured`` says whether the bandwidth is that of this very pair."""

    to_fpga: Way
    to_gpu: Way
    energy_pj_per_byte: float
    measured: bool

    def time_us(self, nbytes: int, direction: Direction) -> float:
        """Time of one transfer. Never less for more bytes."""
        if nbytes == 0:
            return 0.0
        return (self.to_fpga if direction == "to_fpga" else self.to_gpu).time_us(nbytes)

    def energy_uj(self, nbytes: int) -> float:
        return nbytes * self.energy_pj_per_byte * 1e-6


@functools.cache
def load_link(host: str, target: str) -> Link:
    """The link between two devices. Raises UserError for a wrong figure in ``links.toml``."""
    return link_of(read("links"), f"{host}-{target}")


def link_of(data: dict[str, Any], pair: str) -> Link:
    """The link that ``data`` describes, between the two devices of ``pair``."""
    data = known(FILE, data, ("energy_pj_per_byte", "measured", "to_fpga", "to_gpu"))
    energy = sourced(f"{FILE}: energy_pj_per_byte", data["energy_pj_per_byte"], ("value",))["value"]
    return Link(_way(data, "to_fpga"), _way(data, "to_gpu"), energy, pair in data["measured"])


def _way(data: dict[str, Any], direction: Direction) -> Way:
    where = f"{FILE}: {direction}"
    way = known(where, data[direction], ("least_us", "pieces"))
    least = sourced(f"{where}.least_us", way["least_us"], ("value",))["value"]
    rows = [
        sourced(f"{where}.pieces[{i}]", row, ("slope", "base"), ("up_to_kib",)) for i, row in enumerate(way["pieces"])
    ]
    pieces = tuple(Piece(**{key: value for key, value in row.items() if key != "source"}) for row in rows)
    ends = [piece.up_to_kib for piece in pieces]
    if ends != sorted(set(ends)) or ends[-1:] != [float("inf")] or any(piece.base == 0 for piece in pieces):
        raise UserError(f"{where}.pieces: each needs a base above 0 and a larger up_to_kib, the last none")
    return Way(least, pieces)
