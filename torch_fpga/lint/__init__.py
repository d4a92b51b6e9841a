"""What Vitis HLS would refuse or make slow, found in the ``hls`` dialect before anyone has Vitis."""

from __future__ import annotations

import dataclasses

from torch_fpga.dialects.mlir import ir
from torch_fpga.lint.design import Design
from torch_fpga.lint.limits import Limits, Resources
from torch_fpga.lint.rules import RULES
from torch_fpga.report.finding import SEVERITIES, Finding
from torch_fpga.targets.chip import Chip

__all__ = ["RULES", "Finding", "Limits", "Resources", "lint"]

_ANY = Limits()


def lint(module: ir.Module, chip: Chip, limits: Limits = _ANY) -> list[Finding]:
    """What is found in the kernels of an ``hls`` module, errors first.

    Args:
        module: as the last MLIR pass leaves it. Its MLIR context is entered.
        chip: what operators take.
        limits: what the hardware has.

    Raises InternalError for a task that states no cost.
    """
    found: list[Finding] = []
    for kernel in module.body.operations:
        design = Design(kernel, chip)
        for rule in RULES.values():
            found.extend(rule(design, limits))
    return _merged(found)


def _merged(findings: list[Finding]) -> list[Finding]:
    """Equal findings of several stages, such as those of sixteen channels, as one; errors first, then by rule."""
    stages: dict[Finding, list[str]] = {}
    for finding in findings:
        stages.setdefault(dataclasses.replace(finding, stages=()), []).extend(finding.stages)
    together = [dataclasses.replace(each, stages=tuple(dict.fromkeys(names))) for each, names in stages.items()]
    return sorted(together, key=lambda each: (SEVERITIES.index(each.severity), each.rule))
