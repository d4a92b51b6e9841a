"""Which regions with symbolic sizes can be kernels: known only when they are lowered for more than one size."""

from __future__ import annotations

from collections.abc import Iterable

from torch import fx

from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.price import region_of
from torch_fpga.debug import Unseen
from torch_fpga.errors import FpgaError
from torch_fpga.passes.fx.at_sizes import symbols_of
from torch_fpga.reasons import Reason


def refuse_sizes(regions: Iterable[list[fx.Node]], kernels: Kernels) -> bool:
    """Sets ``support`` of the nodes that keep a region from being one kernel for all sizes; whether there are any.

    They are those that cannot be such a kernel alone, or, where all can, the whole region.
    """
    refused = False
    for nodes in regions:
        if (why := _refusal(nodes, kernels)) is None:
            continue
        refused = True
        works = [node for node in nodes if not node.meta.get("is_view")]
        alone = {node: reason for node in works if (reason := _refusal([node], kernels)) is not None}
        for node, reason in (alone or dict.fromkeys(nodes, why)).items():
            node.meta["support"] = reason
    return refused


def _refusal(nodes: list[fx.Node], kernels: Kernels) -> Reason | None:
    region = region_of(nodes)
    if not symbols_of(region.graph) or not region.graph.output_node().args[0]:
        return None
    try:
        kernels.lower(region, "sized", Unseen())
    except FpgaError as error:
        return Reason("dynamic-shape", error.message)
    return None
