"""What arithmetic costs on a chip, by the data of ``operators.toml``."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from torch_fpga.errors import InternalError
from torch_fpga.targets.figures import known, positive, read, sourced

FILE = "operators.toml"
BASE = "ultrascale_plus"


@dataclasses.dataclass(frozen=True)
class Operator:
    """An operator of a pipeline.

    Attributes:
        stages: clock cycles that it spans.
        lut: look-up tables, as csynth counts them.
        ff: flip-flops.
        dsp: DSP blocks.
        source: the report the figures are from, or "estimate: ..." with what they are made of.
    """

    stages: int
    lut: int
    ff: int
    dsp: int
    source: str

    @property
    def cycles(self) -> int:
        """Cycles of a schedule that it fills; 0 for one that shares a cycle with others."""
        return self.stages if self.stages > 1 else 0


@dataclasses.dataclass(frozen=True)
class Chip:
    """The operators of a family of chips, and the cycles of an access to device memory.

    ``memory_latency`` is what of an access the memory takes: from a request to its first beat, or from the last beat
    that is written to the response.
    """

    operators: Mapping[str, Operator]
    read_cycles: int
    write_cycles: int
    memory_latency: int

    def operator(self, name: str) -> Operator:
        """The operator of that name. Raises InternalError for one that operators.toml does not have."""
        if name not in self.operators:
            raise InternalError(f"operators.toml has no {name}")
        return self.operators[name]

    def latency(self, *chain: str) -> int:
        """Cycles of operators one behind the other: each begins in the cycle after the last stage of the one before.

        So the schedules of Vitis HLS have it (the verbose reports of fpt_LLM; a chain of n sums after a product in
        FPGA-ANNS is 4 n deep with sums of 4 stages).
        """
        return sum(self.operator(name).cycles for name in chain)

    def carried(self, *chain: str) -> int:
        """Cycles between iterations of which each starts the chain from what the one before has made of it.

        The result goes back within its last cycle, so it is one less than the stages: II = 4 with a sum of 5 stages.
        """
        return max(self.latency(*chain) - 1, 1)


@functools.cache
def load_chip(family: str) -> Chip:
    """The chip family ``ultrascale_plus`` or ``versal``. Raises UserError for a wrong figure in ``operators.toml``."""
    return chip_of(read("operators"), family)


def chip_of(data: dict[str, Any], family: str) -> Chip:
    """The family of that name in ``data``, which has only what differs from ``ultrascale_plus`` in the others."""
    data = known(FILE, data, (BASE, "memory", family), data)
    rows = known(f"{FILE}: {BASE}", data[BASE], (), data[BASE])
    own = known(f"{FILE}: {family}", data[family], (), rows)
    operators = {name: _operator(f"{FILE}: {family}.{name}", row) for name, row in (rows | own).items()}
    memory = known(f"{FILE}: memory", data["memory"], ("read", "write", "latency"))
    cycles = (
        positive(f"{FILE}: memory.{what}", memory[what], ("cycles",))["cycles"] for what in ("read", "write", "latency")
    )
    return Chip(operators, *cycles)


def _operator(where: str, row: Any) -> Operator:
    return Operator(**sourced(where, row, ("stages", "lut", "ff", "dsp")))
