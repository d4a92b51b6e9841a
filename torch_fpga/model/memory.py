"""How fast device memory gives and takes what the tasks of a kernel ask for."""

from __future__ import annotations

import dataclasses

from torch_fpga.stages.common.cost import Access, Cost, Loop
from torch_fpga.targets.fpga import Fpga


@dataclasses.dataclass(frozen=True)
class Channel:
    """One memory channel at the clock of a kernel.

    Attributes:
        bytes_per_cycle: of long bursts.
        access_cycles: from one access at an address of its own to the next, when several are under way.
    """

    bytes_per_cycle: float
    access_cycles: float

    @staticmethod
    def of(target: Fpga) -> Channel:
        """A channel of a card."""
        return Channel(target.port_bytes_per_cycle, RANDOM_ACCESS_NS * target.clock_mhz / 1e3)

    def interval(self, loop: Loop) -> float:
        """Cycles from one iteration of a loop to the next, as fast as the channel gives or takes what it moves."""
        moved = (self._iteration(access, loop.trips) for access in loop.memory if not access.on_chip)
        return max([loop.ii, *moved])

    def _iteration(self, access: Access, trips: float) -> float:
        """Cycles for what one of ``trips`` iterations moves; a mean where its bytes go on only now and then."""
        size = access.count * access.bits / 8
        if access.together >= trips * size:
            return size / self.bytes_per_cycle
        return max(size / self.bytes_per_cycle, self._asked(access, size) * self.access_cycles)

    def _asked(self, access: Access, size: float) -> float:
        """How often something is asked for at an address of its own, of so many bytes."""
        return size / (access.together or access.bits / 8)

    def cycles(self, cost: Cost, port: str, users: int = 1) -> tuple[float, float]:
        """Cycles that what a task moves through a port takes of the channel, and its bytes.

        Of several ``users`` that are served in turns, the row of each is opened behind that of another.
        """
        cycles = moved = 0.0
        for loop, entries in cost.each_loop():
            for access in loop.memory:
                if access.port != port:
                    continue
                size = entries * loop.trips * access.count * access.bits / 8
                moved += size
                asked = self._asked(access, size)
                opened = max(self.access_cycles - access.request_bytes / self.bytes_per_cycle, 0)
                turns = asked * opened * (users - 1) / users
                cycles += max(size / self.bytes_per_cycle + turns, asked * self.access_cycles)
        return cycles, moved


RANDOM_ACCESS_NS = 13.5
"""64 bytes at a random address in one HBM channel: 4.75 GB/s, or 74 million a second, as AMD measured them
(Vitis-Tutorials, 07-using-hbm)."""
