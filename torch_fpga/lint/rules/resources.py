"""What a kernel takes of the chip, and what there is."""

from __future__ import annotations

from collections.abc import Iterator

from torch_fpga.dialects.mlir import line_of
from torch_fpga.lint.design import Design
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding, Severity


def over_budget(design: Design, limits: Limits) -> Iterator[Finding]:
    """All tasks and buffers of a kernel fit into a die, and into the budget."""
    if limits.resources is None:
        return
    parts = [(op.name.value, line_of(op.location), limits.resources(op)) for op in design.buffers]
    parts += [(node.label, node.source, limits.resources(node.op)) for node in design.nodes]
    for name in sorted({*limits.slr, *limits.budget}):
        total = sum(taken.get(name, 0) for _, _, taken in parts)
        label, source, most = max(parts, key=lambda part: part[2].get(name, 0))
        for severity, what, there in _exceeded(limits, name, total):
            yield Finding(
                "over-budget",
                severity,
                (label,),
                source,
                f"the kernel takes {total:,.0f} {name} and {what} {there:,.0f}; {most.get(name, 0):,.0f} of them are"
                " this one's",
                "it cannot be placed" if severity == "error" else "paths from die to die lower the clock",
                f"give it fewer lanes or a smaller bound, or reduce it by {total - there:,.0f} {name} elsewhere",
            )


def _exceeded(limits: Limits, name: str, total: float) -> Iterator[tuple[Severity, str, float]]:
    """The first limit that is exceeded: the budget is an error, a die alone costs time."""
    if total > limits.budget.get(name, total):
        yield "error", "the budget is", limits.budget[name]
    elif total > limits.slr.get(name, total):
        yield "slow", "a die has", limits.slr[name]
