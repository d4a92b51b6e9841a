"""A dense region as a callable: Inductor, or eager PyTorch where Inductor fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import fx
from torch._inductor.standalone_compile import AOTCompiledArtifact
from torch._subclasses import FakeTensor

import torch_fpga.ops.copied  # noqa: F401 (a region that was compiled in another process may call it)
from torch_fpga.compiler.region_code import forward_of
from torch_fpga.compiler.strides import Strides, strides_of, with_strides, without_strides
from torch_fpga.debug import log
from torch_fpga.passes.fx.views import written_by

DenseFn = Callable[..., Any]


@dataclasses.dataclass
class Dense:
    """A dense region's callable ``run``, ``by`` whom it is (inductor or eager), and why Inductor ``failed``, if it did.

    ``cached`` is what ``load_dense`` takes, if that was asked for and can be had.
    """

    run: DenseFn
    by: str
    failed: str = ""
    cached: bytes | None = None


def compile_dense(graph: fx.GraphModule, cacheable: bool = False) -> Dense:
    """``graph`` through Inductor, in place; never raises: where Inductor fails, it is eager PyTorch.

    With ``cacheable`` the result is in a form that can be cached; the graph must not have symbols then.
    """
    if not any(node.op == "call_function" and not node.meta.get("is_view") for node in graph.graph.nodes):
        return Dense(forward_of(graph), "eager")  # views only: there is nothing to compile
    single = _return_tuple(graph)
    strides = strides_of(graph)
    without_strides(graph)
    fakes = [own_memory(node.meta["val"]) for node in graph.graph.find_nodes(op="placeholder")]
    lazy, written = _lazy_inputs(graph)
    # The tracing context has the sizes' ranges, and takes the guards that Inductor needs on them.
    shapes: Any = "from_tracing_context" if torch._guards.TracingContext.try_get() else "from_graph"
    try:
        artifact = torch._inductor.standalone_compile(graph, fakes, dynamic_shapes=shapes, aot=cacheable)
    except Exception as error:  # Inductor raises what its parts raise; whatever it is, eager still has the answer.
        log.warning("Inductor failed; the region runs in eager PyTorch: %s", error)
        run = _delivered(forward_of(graph), strides, single)
        return Dense(run, "eager", failed=f"{type(error).__name__}: {error}")
    run = _resolved(artifact.__call__, lazy, written) if lazy else artifact.__call__
    return Dense(_delivered(run, strides, single), "inductor", cached=_cached(artifact))


def _cached(artifact: Any) -> bytes | None:
    """None for one that cannot be cached: operators with subgraphs of their own (torch.cond) are not."""
    if not isinstance(artifact, AOTCompiledArtifact):
        return None
    try:
        return artifact.serialize()
    except Exception as error:  # whatever it is, the region is compiled
        log.info("a dense region cannot be kept for the next process: %s", error)
        return None


def own_memory(value: Any) -> Any:
    """A fake like ``value`` with a storage of its own: at run time what crosses regions may be a copy.

    With the storage of another input Inductor would take the two for views of one tensor.
    """
    if not isinstance(value, FakeTensor) or value.layout is not torch.strided:
        return value
    with value.fake_mode:
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=value.device)


def _lazy_inputs(graph: fx.GraphModule) -> tuple[dict[int, Strides], list[int]]:
    """How inputs lie that are negated or conjugated by a mark only, by their places; which of them are written."""
    inputs = graph.graph.find_nodes(op="placeholder")
    lazy = {i: Strides.of(node.meta["val"]) for i, node in enumerate(inputs) if is_lazy(node.meta["val"])}
    written = {argument for node in graph.graph.nodes for argument in written_by(node)}
    return lazy, [i for i in lazy if inputs[i] in written]


def is_lazy(value: Any) -> bool:
    """Whether a tensor has to be negated or conjugated by whoever reads its memory."""
    return isinstance(value, torch.Tensor) and (value.is_neg() or value.is_conj())


def _resolved(run: DenseFn, lie: dict[int, Strides], written: list[int]) -> DenseFn:
    """``run`` on tensors without such a mark, which lie as it wants them: Inductor's code reads memory as it is."""

    def call(*tensors: Any) -> Any:
        given = list(tensors)
        for i, strides in lie.items():
            given[i] = strides.applied(tensors[i].resolve_neg().resolve_conj())
        results = run(*given)
        for i in written:
            tensors[i].copy_(given[i])
        return results

    return call


def load_dense(cached: bytes, strides: tuple[Strides, ...], single: bool) -> DenseFn:
    """The callable of a region that was compiled in another process. Raises what unpickling raises."""
    return _delivered(AOTCompiledArtifact.deserialize(cached).__call__, strides, single)


def _return_tuple(graph: fx.GraphModule) -> bool:
    """Inductor wants a tuple returned; says whether a lone result was wrapped."""
    output = graph.graph.output_node()
    if isinstance(output.args[0], (tuple, list)):
        return False
    output.args = ((output.args[0],),)
    graph.recompile()
    return True


def _delivered(run: DenseFn, strides: tuple[Strides, ...], single: bool) -> DenseFn:
    """Results as they were captured; a lone one by itself."""
    laid = with_strides(run, strides)
    return (lambda *args: laid(*args)[0]) if single else laid
