"""Makes what is equal once: a model may build the same mask in every layer, and placement would count each of them."""

from __future__ import annotations

from torch import fx
from torch._functorch.compile_utils import fx_graph_cse


def join_equal(graph: fx.GraphModule) -> None:
    """Rewrites in place, by PyTorch's own common subexpression elimination."""
    graph.graph = fx_graph_cse(graph.graph)
    graph.recompile()
