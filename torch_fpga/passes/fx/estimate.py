"""Writes on every node what it costs and whether the FPGA can run it, from the op table."""

from __future__ import annotations

import operator

import torch
from torch import fx

from torch_fpga.errors import FpgaError
from torch_fpga.ops import is_view, row_of, unsupported, work_of
from torch_fpga.passes.fx.at_sizes import at_sizes, hints_of
from torch_fpga.reasons import Reason
from torch_fpga.targets.work import Work


def estimate(graph: fx.GraphModule) -> None:
    """Sets ``work``, ``support`` (None, or the Reason against it) and ``is_view`` in every call's meta.

    Where sizes are symbolic, they are what they are in this call.
    """
    now = _now(graph)
    for node in graph.graph.nodes:
        if node.op == "call_function" and node.target is operator.getitem:
            # A part of a tuple is no work of its own and goes where its producer goes.
            node.meta["work"], node.meta["is_view"] = Work(gpu_kernels=0), True
            node.meta["support"] = node.args[0].meta["support"]
        elif node.op in ("call_function", "get_attr"):
            row = row_of(node)
            here = now.get(node.name, node)
            node.meta["support"] = _reason(node, here)
            node.meta["work"], node.meta["is_view"] = work_of(here), bool(row and row.is_view)


def _now(graph: fx.GraphModule) -> dict[str, fx.Node]:
    """The nodes of a graph with symbolic sizes, by their names, as they are in this call."""
    try:
        hints = hints_of(graph.graph.nodes)
    except FpgaError:  # data decides a size
        return {}
    return {node.name: node for node in at_sizes(graph, hints).graph.nodes} if hints else {}


def _reason(node: fx.Node, here: fx.Node) -> Reason | None:
    schema = getattr(node.target, "_schema", None)
    if schema is not None and schema.is_mutable:
        return Reason("mutation", str(node.target))
    if base := node.meta.get("returned_view"):
        return Reason("returned-view", base)
    if updated := node.meta.get("updates"):
        return Reason("mutation", f"a step in the update of {updated}, which lies there")
    if not is_view(node) and any(isinstance(n.meta.get("val"), torch.SymInt) for n in node.all_input_nodes):
        return Reason("dynamic-shape", "an argument is a number known only at run time")
    return unsupported(here)
