"""A dense piece as a callable: Inductor, or eager PyTorch where Inductor fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import fx
from torch._inductor.standalone_compile import AOTCompiledArtifact

from torch_fpga.debug import log
from torch_fpga.parts import forward_of

DenseFn = Callable[..., Any]


@dataclasses.dataclass
class Dense:
    """``run``, and by whom; the error text if Inductor failed; what ``load_dense`` takes, if that was asked for."""

    run: DenseFn
    by: str
    failed: str = ""
    kept: bytes | None = None


def compile_dense(graph: fx.GraphModule, keep: bool = False) -> Dense:
    """``graph`` through Inductor; with ``keep`` in a form that can be kept. The graph must not have symbols then."""
    if not any(node.op == "call_function" and not node.meta.get("free") for node in graph.graph.nodes):
        return Dense(forward_of(graph), "eager")  # views only: there is nothing to compile
    single = _return_tuple(graph)
    fakes = [node.meta["val"] for node in graph.graph.find_nodes(op="placeholder")]
    try:
        artifact = torch._inductor.standalone_compile(graph, fakes, dynamic_shapes="from_graph", aot=keep)
        kept = artifact.serialize() if isinstance(artifact, AOTCompiledArtifact) else None
    except Exception as error:  # Inductor raises what its parts raise; whatever it is, eager still has the answer.
        log.warning("Inductor failed; the region runs in eager PyTorch: %s", error)
        run = _first(forward_of(graph)) if single else forward_of(graph)
        return Dense(run, "eager", failed=f"{type(error).__name__}: {error}")
    run = _first(artifact.__call__) if single else artifact.__call__
    return Dense(run, "inductor", kept=kept)


def load_dense(kept: bytes, single: bool) -> DenseFn:
    """The callable of a piece that was compiled in another process. Raises what unpickling raises."""
    run = AOTCompiledArtifact.deserialize(kept).__call__
    return _first(run) if single else run


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
