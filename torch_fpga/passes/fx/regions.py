"""A node that costs nothing, taken once in every region that reads it."""

from __future__ import annotations

from torch import fx


def one_a_region(graph: fx.GraphModule, node: fx.Node) -> None:
    """Gives every other dense region that reads ``node`` a copy of it; removes ``node`` if nobody reads it any more.

    Needs ``region`` and its kind, as placement sets them. What the graph returns stays in the region of ``node``. An
    FPGA region is handed the value: it may not be able to compute it, and it writes into nothing.
    """
    home = node.meta["region"]
    copies: dict[str, fx.Node] = {}
    for reader in list(node.users):
        region = reader.meta.get("region", home)
        if region == home or reader.meta["device"] == "fpga":
            continue
        if region not in copies:
            with graph.graph.inserting_after(node):
                copies[region] = graph.graph.node_copy(node)
            copies[region].meta.update({key: reader.meta[key] for key in ("device", "stage", "region")})
        reader.replace_input_with(node, copies[region])
    if not node.users:
        graph.graph.erase_node(node)
