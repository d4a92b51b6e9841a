"""What a second compilation of a function lost: Dynamo makes a changed size symbolic, and kernels need it fixed."""

from __future__ import annotations

from collections.abc import Sequence

from torch_fpga.reasons import WORDS
from torch_fpga.report import FallbackReport, GraphReport


def lost_regions(earlier: Sequence[GraphReport], graph: GraphReport) -> FallbackReport | None:
    """A row for ``graph`` if an earlier graph of the same function had operations on the FPGA that it has not."""
    symbolic = {(node.op, node.source) for node in graph.nodes if node.reason_code == "dynamic-shape"}
    for before in earlier:
        if not before.place or (before.place, before.model) != (graph.place, graph.model):
            continue
        lost = {n.region for n in before.nodes if n.device == "fpga" and (n.op, n.source) in symbolic}
        changed = [
            _change(name, before, graph) for name in graph.symbolic if before.sizes.get(name) != graph.sizes[name]
        ]
        if lost and changed:
            regions = ", ".join(region.id for region in before.on("fpga") if region.id in lost)
            return FallbackReport(
                f"{regions} of {before.name}", "size-changed", WORDS["size-changed"], "; ".join(changed) + _ADVICE
            )
    return None


def _change(name: str, before: GraphReport, graph: GraphReport) -> str:
    if name not in before.sizes:
        return f"{name} is {graph.sizes[name]} now"  # a number, which was part of the graph
    return f"{name} was {before.sizes[name]} and is {graph.sizes[name]} now"


_ADVICE = (
    "\nwhat to do: torch.compile(..., dynamic=False) compiles once for each size, and "
    "torch._dynamo.mark_static(tensor, dim) does so for one dimension; or pad inputs to one size"
)
