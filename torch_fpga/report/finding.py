"""What the lint says of a kernel (``torch_fpga.lint``)."""

from __future__ import annotations

import dataclasses
from typing import Literal

Severity = Literal["error", "slow", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "slow", "note")
"""Vitis refuses it or the results are wrong; it costs time; it costs little."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that Vitis would refuse or make slow.

    Attributes:
        rule: the rule's name.
        severity: one of ``SEVERITIES``.
        stages: labels of the tasks, or names of the buffers and ports, that it is about. The first is to be mended.
        source: the user's line they were made of, ``model.py:12: scores.topk(4)``; empty if it is not known.
        what: what was found.
        why: what becomes of it in hardware.
        remedy: what to do.
    """

    rule: str
    severity: Severity
    stages: tuple[str, ...]
    source: str
    what: str
    why: str
    remedy: str

    @property
    def stage(self) -> str:
        """The one to be mended."""
        return self.stages[0]

    def __str__(self) -> str:
        lines = [self.source] if self.source else []
        lines.append(f"{self.severity}: {self.named}: {self.what} [{self.rule}]")
        return "\n".join([*lines, f"  why: {self.why}", f"  what to do: {self.remedy}"])

    @property
    def named(self) -> str:
        """The stages; of more than two the first, and how many more there are."""
        rest = len(self.stages) - 1
        return f"{self.stage} and {rest} more" if rest > 1 else ", ".join(self.stages)
