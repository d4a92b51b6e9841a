"""Runs a plain PyTorch function as one FPGA kernel in emulation: the shortest way from an op to its numbers."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from functorch.compile import make_boxed_func
from torch import fx
from torch._dynamo.backends.common import aot_autograd

from tests.caches import cache
from torch_fpga.compiler.lower import lower
from torch_fpga.compiler.strides import Strides
from torch_fpga.debug import Dump
from torch_fpga.passes.fx.keep_aliases import keep_aliases
from torch_fpga.passes.fx.name_inputs import name_inputs
from torch_fpga.passes.fx.pipeline import RAISE
from torch_fpga.runtime.build import Built, build
from torch_fpga.runtime.emulation import Emulation
from torch_fpga.runtime.launch import Launch
from torch_fpga.targets.kernel import kernel_options


def trace(function: Callable[..., Any], *inputs: torch.Tensor, dynamic: bool | None = False) -> fx.GraphModule:
    """The graph the backend sees of a function, after the raising passes, with the estimates on its nodes.

    ``dynamic``: None for symbolic sizes where the inputs are marked so.
    """
    found: list[fx.GraphModule] = []

    def keep(graph: fx.GraphModule) -> Callable[..., Any]:
        found.append(copy.deepcopy(graph))
        return graph.forward

    with contextlib.suppress(RuntimeError):  # the graph counts, not what it gives
        through(function, keep, dynamic=dynamic)(*inputs)
    (graph,) = found
    return graph


def through(
    function: Callable[..., Any],
    compile_graph: Callable[[fx.GraphModule], Any],
    *without: Any,
    dynamic: bool | None = False,
) -> Callable[..., Any]:
    """``function`` compiled by ``compile_graph``, which gets what the backend gets; ``without`` some of the passes."""

    def backend(graph: fx.GraphModule, examples: list[torch.Tensor]) -> Callable[..., Any]:
        names = [node.name for node in graph.graph.find_nodes(op="placeholder")]

        def inner(captured: fx.GraphModule, _: list[torch.Tensor]) -> Callable[..., Any]:
            name_inputs(captured, names)
            for step in RAISE:
                if step is not keep_aliases and step not in without:  # the kernel makes all results, views too
                    step(captured)
            return make_boxed_func(compile_graph(captured))

        return aot_autograd(fw_compiler=inner)(graph, examples)

    torch._dynamo.reset()
    return torch.no_grad()(torch.compile(function, backend=backend, dynamic=dynamic, fullgraph=True))


def compiled(function: Callable[..., Any], *inputs: torch.Tensor) -> Callable[..., Any]:
    """``function`` with its whole graph as one kernel. Every op must be supported."""

    def compile_graph(graph: fx.GraphModule) -> Callable[..., Any]:
        against = {n.name: n.meta["support"] for n in graph.graph.nodes if n.meta.get("support") is not None}
        assert not against, against
        lowered = lower(graph, "kernel", Dump(), kernel_options("u55c"))
        built = build(lowered.name, lowered.source, lowered.signature, cache()).result()
        return Launch(ExactDepths(built))

    return through(function, compile_graph)


class ExactDepths:
    """Runs a kernel with its FIFOs as deep as hardware would have them, so that every test shows they suffice."""

    def __init__(self, built: Built) -> None:
        self.image = Emulation("test").load([built])
        (self.kernel,) = self.image.kernels
        self.name, self.signature, self.persistent = built.name, built.signature, False

    def run(self, words: Sequence[int]) -> None:
        self.kernel.run_at_exact_depths(words)


def check(function: Callable[..., Any], *inputs: torch.Tensor, **tolerance: Any) -> None:
    """The kernel's results equal eager's: bit by bit for integers, closely for floats, NaN equal to NaN."""
    expected = function(*inputs)
    expected = expected if isinstance(expected, (tuple, list)) else (expected,)
    results = compiled(function, *inputs)(*inputs)
    results = results if isinstance(results, (tuple, list)) else (results,)
    assert len(results) == len(expected)
    for i, (got, want) in enumerate(zip(results, expected, strict=True)):
        assert (got.dtype, got.shape) == (want.dtype, want.shape), f"result {i}"
        assert Strides.of(want).hold(got), f"result {i} has strides {got.stride()}, in eager {want.stride()}"
        torch.testing.assert_close(got, want, equal_nan=True, msg=lambda m, i=i: f"result {i}: {m}", **tolerance)
