"""Composites of an FPGA region, taken apart into ops that have rows: what MLIR is given."""

from __future__ import annotations

from torch import fx

from torch_fpga.errors import InternalError
from torch_fpga.ops.composites import COMPOSITES
from torch_fpga.passes.fx.composites import composites_of, replace, stages_of
from torch_fpga.passes.fx.decompose import parts_of


def expand_stages(graph: fx.GraphModule) -> None:
    """Takes all without a stage of their own apart, in place. Raises InternalError where it cannot."""
    for node in composites_of(graph):
        if COMPOSITES[str(node.target)].stage is not None:
            continue
        if (parts := parts_of(node, stages_of(node))) is None:
            raise InternalError(f"{node.target} was placed on the FPGA and has a part without a stage", code="no-stage")
        replace(graph, node, parts.graph)
