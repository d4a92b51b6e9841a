"""A dense piece as a callable: Inductor, or eager PyTorch where Inductor fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from torch_fpga.debug import log

DenseFn = Callable[..., Any]


def compile_dense(graph: fx.GraphModule) -> tuple[DenseFn, str | None]:
    """Returns the callable, and the error text if Inductor could not compile the piece."""
    if not any(node.op == "call_function" and not node.meta.get("free") for node in graph.graph.nodes):
        return graph.forward, None  # views only: there is nothing to compile
    single = _return_tuple(graph)
    fakes = [node.meta["val"] for node in graph.graph.find_nodes(op="placeholder")]
    try:
        artifact = torch._inductor.standalone_compile(graph, fakes, dynamic_shapes="from_graph")
    except Exception as error:  # Inductor raises what its parts raise; whatever it is, eager still has the answer.
        log.warning("Inductor failed; the region runs in eager PyTorch: %s", error)
        run: DenseFn = graph.forward
        failed: str | None = f"{type(error).__name__}: {error}"
    else:
        run, failed = artifact.__call__, None
    return (_first(run) if single else run), failed


def _return_tuple(graph: fx.GraphModule) -> bool:
    """Inductor wants a tuple returned; says whether a lone result was wrapped."""
    output = graph.graph.output_node()
    if isinstance(output.args[0], (tuple, list)):
        return False
    output.args = ((output.args[0],),)
    graph.recompile()
    return True


def _first(run: DenseFn) -> DenseFn:
    return lambda *args: run(*args)[0]
