"""How many cycles are from one iteration of a loop to the next."""

from __future__ import annotations

from collections.abc import Iterator

from torch_fpga.lint.design import Design
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding

HOT = 0.1
"""A loop is hot from this share of the longest task of its phase on: only what is hot makes the phase slower."""


def initiation_interval(design: Design, limits: Limits) -> Iterator[Finding]:
    """A loop starts an iteration a cycle."""
    for node in design.nodes:
        for loop, times in node.cost.each_loop():
            if loop.ii == 1:
                continue
            hot = times * loop.trips * loop.ii >= HOT * design.slowest(node.phase)
            yield Finding(
                "initiation-interval",
                "slow" if hot else "note",
                (node.label,),
                node.source,
                f"loop {loop.label} of {node.task.template} starts an iteration every {loop.ii} cycles",
                loop.why,
                "change the loop so that no iteration waits for the one before it",
            )
