"""Which regions with symbolic sizes can be kernels, and what these cost: known only when they are lowered for more than
one size."""

from __future__ import annotations

from collections.abc import Iterable

from torch import fx

from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.price import Designs, region_of
from torch_fpga.debug import Unseen
from torch_fpga.errors import FpgaError
from torch_fpga.passes.fx.at_sizes import keep_equal, symbols_of
from torch_fpga.reasons import Reason

MOST = 4
"""Sizes of a region that may vary apart from each other: it is lowered a dozen times for each of them."""


def settle_sizes(regions: Iterable[list[fx.Node]], designs: Designs) -> bool:
    """Lowers regions with symbolic sizes; whether placement was wrong about one.

    Sets ``support`` of the nodes that keep a region from being one kernel for all sizes: those that cannot be such a
    kernel alone, or, where all can, the whole region. The price of any other is from now on that of its kernel, which
    may be slower than one for the sizes of this call.
    """
    changed = False
    for nodes in regions:
        made = _sized(nodes, designs)
        if isinstance(made, Lowered):
            changed |= designs.correct(nodes, made)
        elif made is not None:
            changed = True
            works = [node for node in nodes if not node.meta.get("is_view")]
            alone = {node: reason for node in works if isinstance(reason := _sized([node], designs), Reason)}
            for node, reason in (alone or dict.fromkeys(nodes, made)).items():
                node.meta["support"] = reason
    return changed


def _sized(nodes: list[fx.Node], designs: Designs) -> Lowered | Reason | None:
    """The kernel of a region, or why it has none; None if its sizes do not vary."""
    keep_equal(source for node in nodes for source in (node, *node.all_input_nodes))
    region = region_of(nodes)
    symbols = symbols_of(region.graph)
    if not symbols or not region.graph.output_node().args[0]:
        return None
    if len(symbols) > MOST:
        return Reason("dynamic-shape", f"{len(symbols)} sizes of the region vary, and a kernel takes at most {MOST}")
    try:
        return designs.kernels.lower(region, "sized", Unseen())
    except FpgaError as error:
        return Reason("dynamic-shape", error.message)
