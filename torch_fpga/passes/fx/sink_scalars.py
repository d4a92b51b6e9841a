"""Every region computes the numbers it needs itself: ``x.shape[0] // 2`` is no value to hand from region to region.

A number that is computed of sizes and other numbers costs nothing. Handed over, it would reach a region as a symbol of
its own, whose relation to the sizes of the tensors is lost.
"""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.passes.fx.regions import one_a_region

aten = torch.ops.aten

_SIZES = frozenset({aten.sym_size.int, aten.sym_stride.int, aten.sym_numel.default, aten.sym_storage_offset.default})


def sink_scalars(graph: fx.GraphModule) -> None:
    """Rewrites in place; needs ``region``, as placement sets it. Last node first: a chain is taken from its end."""
    for node in reversed(graph.graph.nodes):
        if _is_scalar(node):
            one_a_region(graph, node)


def _is_scalar(node: fx.Node) -> bool:
    """Whether ``node`` computes a number of numbers alone, or asks a tensor for a size: not of a tensor's data."""
    if node.op != "call_function" or not _is_number(node):
        return False
    return node.target in _SIZES or all(_is_number(source) for source in node.all_input_nodes)


def _is_number(node: fx.Node) -> bool:
    kinds = (torch.SymInt, torch.SymFloat, torch.SymBool, bool, int, float)
    return node.op != "get_attr" and isinstance(node.meta.get("val"), kinds)
