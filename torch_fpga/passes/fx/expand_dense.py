"""Composites on the GPU, taken apart: Inductor gets the ops that were captured."""

from __future__ import annotations

from torch import fx

from torch_fpga.passes.fx.composites import composites_of, expand


def expand_dense(graph: fx.GraphModule) -> None:
    """Takes those on the GPU apart, in place: Inductor gets the ops that were captured. Needs ``device``."""
    for node in composites_of(graph):
        if node.meta["device"] == "gpu":
            expand(graph, node)
