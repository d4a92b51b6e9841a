"""What the passes on composites share: which nodes are composites, and how one is captured and taken apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx
from torch.fx.experimental.proxy_tensor import make_fx

from torch_fpga.ops.composites import COMPOSITES
from torch_fpga.passes.fx.decompose import key_of_node, mode_of, put_in_place, remembered, static
from torch_fpga.passes.fx.join_equal import join_equal
from torch_fpga.passes.fx.raise_creations import raise_creations
from torch_fpga.passes.fx.raise_layer_norm import raise_layer_norm
from torch_fpga.passes.fx.raise_rms_norm import raise_rms_norm
from torch_fpga.passes.fx.raise_scalars import raise_scalars
from torch_fpga.passes.fx.raise_softmax import raise_softmax
from torch_fpga.passes.fx.raise_views import raise_views

NORMALIZED = (join_equal, raise_creations, raise_scalars, raise_views, raise_softmax, raise_layer_norm, raise_rms_norm)
"""What every captured graph goes through before composites are looked for, and so does what they are compared with."""

_traced: dict[tuple[str, Any], fx.Graph | None] = {}


def composites_of(graph: fx.GraphModule) -> list[fx.Node]:
    return [node for node in graph.graph.nodes if node.op == "call_function" and str(node.target) in COMPOSITES]


def stages_of(node: fx.Node) -> Callable[..., Any]:
    composite = COMPOSITES[str(node.target)]
    return composite.stages or composite.body


def expand(graph: fx.GraphModule, node: fx.Node) -> None:
    parts = captured(node, node.meta.get("written", COMPOSITES[str(node.target)].body))
    if parts is not None:  # else the operator itself runs, which is the same
        replace(graph, node, parts)


def replace(graph: fx.GraphModule, node: fx.Node, parts: fx.Graph) -> None:
    """By parts whose result is described as the whole was: with the strides that were captured."""
    value = node.meta["val"]
    (result,) = put_in_place(graph, node, parts)
    result.meta["val"] = value


def captured(node: fx.Node, body: Callable[..., Any]) -> fx.Graph | None:
    """``body``, called as ``node`` is, as it is captured; None where it raises. Remembered for equal nodes."""
    inputs = node.all_input_nodes
    if not static(node.meta["val"]) or not all(static(source.meta.get("val")) for source in inputs):
        return None

    def call(*tensors: torch.Tensor) -> Any:
        given = dict(zip(inputs, tensors, strict=True))
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), given.__getitem__)
        return [body(*args, **kwargs)]

    values = [source.meta["val"] for source in inputs]
    return remembered(_traced, (key_of_node(node), body), lambda: trace(call, values, mode_of(node)))


def trace(call: Callable[..., Any], values: Sequence[torch.Tensor], mode: Any) -> fx.Graph | None:
    try:
        with mode, torch.no_grad(), torch._C._DisableAutocast():
            graph = make_fx(call)(*values)
    except (RuntimeError, AssertionError, TypeError, ValueError, IndexError):  # not for tensors like these
        return None
    for step in NORMALIZED:
        step(graph)
    graph.graph.eliminate_dead_code()
    for node in graph.graph.nodes:
        node.meta.clear()  # fake tensors, which hold what they were made in
    return graph.graph
