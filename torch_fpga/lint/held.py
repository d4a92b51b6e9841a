"""How much a task takes before it gives: what its loops read until they write for the first time."""

from __future__ import annotations

import math
from collections import Counter

from torch_fpga.stages.common.cost import Cost, Loop, Repeat


def before_first(cost: Cost, *, read: str = "", write: str = "") -> Counter[str]:
    """Vectors that a task takes of each operand until it first reads the operand ``read`` or writes ``write``.

    What it takes in the same iteration is counted.
    """
    walk = _Walk(read, write)
    walk.parts(cost.loops)
    return walk.taken


class _Walk:
    def __init__(self, read: str, write: str) -> None:
        self.read, self.write = read, write
        self.taken: Counter[str] = Counter()
        self.packed: Counter[str] = Counter()  # results in a vector that is not full yet, by the loop that makes them

    def parts(self, parts: tuple[Loop | Repeat, ...]) -> bool:
        """Walks through; whether the first read or write was met."""
        return any(self.repeat(part) if isinstance(part, Repeat) else self.loop(part) for part in parts)

    def repeat(self, part: Repeat) -> bool:
        if self.meets(part.body):
            # A vector is full after as many rounds as it has lanes, at most.
            return any(self.parts(part.body) for _ in range(math.ceil(part.trips)))
        for name, count in before_first(Cost(part.body)).items():
            self.taken[name] += math.ceil(count * part.trips)
        return False

    def meets(self, parts: tuple[Loop | Repeat, ...]) -> bool:
        return any(
            self.read in (*loop.reads, *loop.reads_before) or self.write in (*loop.writes, *loop.writes_after)
            for loop, _ in Cost(parts).each_loop()
        )

    def loop(self, loop: Loop) -> bool:
        iterations = math.ceil(loop.trips)
        self.taken.update(loop.reads_before)
        if self.read in loop.reads_before:
            return True
        met = self.read in loop.reads and iterations > 0
        if met:
            iterations = 1
        elif self.write in loop.writes:
            iterations = min(iterations, loop.packs - self.packed[loop.label])
            self.packed[loop.label] += iterations
            met = self.packed[loop.label] >= loop.packs
        for name in loop.reads:
            self.taken[name] += math.ceil(iterations / loop.unpacks)
        if not met and self.write in loop.writes_after:
            self.packed[loop.label] += 1
            met = self.packed[loop.label] >= loop.packs_after
        return met
