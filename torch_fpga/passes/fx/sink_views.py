"""Every dense region takes the views of a written input itself: none of them passes from one to another.

An input that the graph writes into and a view of it would reach a region as two tensors. If the view comes from a
kernel, it is a copy, and a write into the input does not show in it.
"""

from __future__ import annotations

from torch import fx

from torch_fpga.passes.fx.regions import one_a_region
from torch_fpga.passes.fx.views import base_of, is_alias, written_by


def sink_views(graph: fx.GraphModule) -> None:
    """Rewrites in place; needs ``region``, as placement sets it. Last node first: a chain is taken from its end."""
    written = {argument for node in graph.graph.nodes for argument in written_by(node)}
    for node in reversed(graph.graph.nodes):
        if node.op == "call_function" and is_alias(node) and base_of(node) in written:
            one_a_region(graph, node)
