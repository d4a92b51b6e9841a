"""Removes what nobody reads any more after the raising passes: a region of it would have no result."""

from __future__ import annotations

from torch import fx


def drop_dead(graph: fx.GraphModule) -> None:
    """Rewrites in place; inputs and what writes into them stay."""
    graph.graph.eliminate_dead_code(is_impure_node=lambda node: node.is_impure() or node.op == "placeholder")
