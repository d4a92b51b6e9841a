"""What arithmetic costs on a chip, by the data of ``operators.toml``."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch_fpga.errors import InternalError


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
    """The operators of a family of chips, and the cycles of an access to device memory."""

    operators: Mapping[str, Operator]
    read_cycles: int
    write_cycles: int

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
    """The chip family ``ultrascale_plus`` or ``versal``."""
    with (Path(__file__).parent / "operators.toml").open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    rows = data["ultrascale_plus"] | (data[family] if family != "ultrascale_plus" else {})
    operators = {name: Operator(**row) for name, row in rows.items()}
    return Chip(operators, data["memory"]["read"]["cycles"], data["memory"]["write"]["cycles"])
