"""Graphs that are not divided, of which nothing goes to the FPGA: those that need gradients, and some others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

from torch_fpga.compiler import record
from torch_fpga.compiler.frame import Frame
from torch_fpga.compiler.overlap import overlapping_inputs
from torch_fpga.debug import Dump
from torch_fpga.options import Options
from torch_fpga.reasons import Reason
from torch_fpga.runtime.open_device import device_of


def needs_gradients(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> bool:
    """Whether what leaves a Dynamo graph needs a gradient: a result, or what it writes into an input that needed none.

    Always False where gradients are off.
    """
    if not torch.is_grad_enabled():
        return False
    inputs = zip(graph.graph.find_nodes(op="placeholder"), example_inputs, strict=True)
    written = [node for node, given in inputs if not getattr(given, "requires_grad", False)]
    leaving = (*graph.graph.output_node().all_input_nodes, *written)
    return any(getattr(node.meta["example_value"], "requires_grad", False) for node in leaving)


def why_undivided(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> Reason | None:
    """Why nothing of a Dynamo graph goes to the FPGA; None for one that is divided."""
    if needs_gradients(graph, example_inputs):
        return Reason("training")
    if overlap := overlapping_inputs(graph, example_inputs):
        return Reason("inputs-overlap", " and ".join(overlap))
    return None


def report_undivided(graph: fx.GraphModule, options: Options, frame: Frame, reason: Reason, status: str) -> None:
    """Adds the graph to the report, ``planned`` or ``ran``, and warns that nothing of it goes to the FPGA."""
    from torch_fpga.compiler.describe import undivided_report  # here: a cached graph needs no passes

    record.start(options, device_of(options), undivided_report(Dump().name, graph, frame, reason, status))
    frame.warn(f"nothing of it goes to the FPGA: {reason.words}")
