"""How much passes before a task gives: what its loops read and write until they first write to a stream."""

from __future__ import annotations

import math
from collections import Counter

from torch_fpga.stages.common.cost import Cost, Loop, Repeat


def before_first(cost: Cost, *, read: str = "", write: str = "") -> Counter[str]:
    """Vectors of each other operand that a task takes or gives until it reads ``read`` or writes ``write`` first.

    What it takes in the same iteration is counted.
    """
    walk = _Walk(read, write)
    walk.parts(cost.loops)
    return walk.passed


class _Walk:
    def __init__(self, read: str, write: str) -> None:
        self.read, self.write = read, write
        self.passed: Counter[str] = Counter()
        self.packed: Counter[str] = Counter()  # results in a vector that is not full yet, by the loop that makes them

    def parts(self, parts: tuple[Loop | Repeat, ...]) -> bool:
        """Walks through; whether the first read or write was met."""
        return any(self.repeat(part) if isinstance(part, Repeat) else self.loop(part) for part in parts)

    def repeat(self, part: Repeat) -> bool:
        if self.meets(part.body):
            # A vector is full after as many rounds as it has lanes, at most.
            return any(self.parts(part.body) for _ in range(math.ceil(part.trips)))
        for name, count in before_first(Cost(part.body)).items():
            self.passed[name] += math.ceil(count * part.trips)
        return False

    def meets(self, parts: tuple[Loop | Repeat, ...]) -> bool:
        return any(
            self.read in (*loop.reads, *loop.reads_before) or self.write in (*loop.writes, *loop.writes_after)
            for loop, _ in Cost(parts).each_loop()
        )

    def loop(self, loop: Loop) -> bool:
        iterations = math.ceil(loop.trips)
        self.passed.update(loop.reads_before)
        if self.read in loop.reads_before:
            return True
        met = self.read in loop.reads and iterations > 0
        if met:
            iterations = 1
        elif self.write in loop.writes:
            most = loop.lag + loop.packs
            iterations = min(iterations, most - self.packed[loop.label])
            self.packed[loop.label] += iterations
            met = self.packed[loop.label] >= most
        for name in loop.reads:
            self.passed[name] += math.ceil(min(iterations, math.ceil(loop.trips) - loop.lag) / loop.read_every(name))
        for name in loop.writes:
            self.passed[name] += max(iterations - loop.lag, 0) // loop.packs if name != self.write else 0
        if not met and self.write in loop.writes_after:
            self.packed[loop.label] += 1
            met = self.packed[loop.label] >= loop.packs_after
        return met
