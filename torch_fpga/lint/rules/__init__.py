"""The rules, a file for each thing they look at. A rule is a function of a design and of what the hardware has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch_fpga.lint.design import Design
from torch_fpga.lint.limits import Limits
from torch_fpga.lint.rules.buffers import array_banks, buffer_ports
from torch_fpga.lint.rules.canonical import canonical_body
from torch_fpga.lint.rules.channels import shared_memory, stream_ends
from torch_fpga.lint.rules.fifos import shallow_fifo
from torch_fpga.lint.rules.intervals import initiation_interval
from torch_fpga.lint.rules.phases import phase_race
from torch_fpga.lint.rules.ports import alignment, port_count, port_width, two_widths
from torch_fpga.lint.rules.resources import over_budget
from torch_fpga.report.finding import Finding

Rule = Callable[[Design, Limits], Iterator[Finding]]

RULES: dict[str, Rule] = {
    "canonical-body": canonical_body,
    "stream-ends": stream_ends,
    "shared-memory": shared_memory,
    "phase-race": phase_race,
    "port-count": port_count,
    "port-width": port_width,
    "alignment": alignment,
    "two-widths": two_widths,
    "initiation-interval": initiation_interval,
    "buffer-ports": buffer_ports,
    "array-banks": array_banks,
    "shallow-fifo": shallow_fifo,
    "over-budget": over_budget,
}
"""Every rule by its name."""
