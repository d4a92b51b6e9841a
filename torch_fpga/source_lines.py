"""The user's lines behind the nodes of a graph."""

from __future__ import annotations

from torch import fx

from torch_fpga.ops import OPS
from torch_fpga.report import GraphReport


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


def indexing_lines(report: GraphReport, region: str) -> list[str]:
    """The lines of a region that look something up by an index that is only known at run time."""
    nodes = [node for node in report.nodes if node.region == region and node.op in OPS]
    return list(dict.fromkeys(node.source for node in nodes if OPS[node.op].irregular and node.source))
