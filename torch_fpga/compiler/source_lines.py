"""The user's lines behind the nodes of a graph."""

from __future__ import annotations

from collections.abc import Iterable

from torch import fx

from torch_fpga.ops import OPS
from torch_fpga.report import GraphReport

_LINES = 5


def user_line(node: fx.Node) -> str:
    """``model.py:12: scores.topk(4)`` of a node's innermost user line."""
    lines = (node.stack_trace or "").strip().splitlines()
    places = [i for i, line in enumerate(lines) if line.strip().startswith("File ")]
    if not places:
        return ""
    file, number, *_ = lines[places[-1]].strip().removeprefix("File ").split(", ")
    code = lines[places[-1] + 1].strip() if places[-1] + 1 < len(lines) else ""
    name = file.strip('"').rsplit("/", 1)[-1]
    return f"{name}:{number.removeprefix('line ')}: {code}"


def first_lines(lines: Iterable[str]) -> str:
    """Different lines, the first five of them and how many more there are; empty if none is known."""
    known = [line for line in dict.fromkeys(lines) if line]
    more = [f"and {len(known) - _LINES} lines more"] if len(known) > _LINES else []
    return "\n".join([*known[:_LINES], *more])


def region_lines(report: GraphReport, region: str) -> str:
    """The lines of a region, as ``first_lines`` shows them."""
    return first_lines(node.source for node in report.nodes if node.region == region)


def indexing_line(report: GraphReport, region: str, said: str) -> str:
    """The line of a region that looked something up by a wrong index.

    ``said`` is the line that the kernel's C++ has. If it is none of the region's, the kernel was made for another
    region of equal work, and it may be any of those here that look something up.
    """
    nodes = [node for node in report.nodes if node.region == region and node.op in OPS]
    lines = list(dict.fromkeys(node.source for node in nodes if OPS[node.op].irregular and node.source))
    place = said.split(": ")[0]
    return next((line for line in lines if line.split(": ")[0] == place), "\n".join(lines) or said)
