"""From a PyTorch function to its kernel as the model sees it: the hls dialect after the last pass."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from functorch.compile import make_boxed_func
from torch import fx
from torch._dynamo.backends.common import aot_autograd

from torch_fpga.compiler.stamped import stamped
from torch_fpga.dialects import mlir
from torch_fpga.passes.fx.expand_stages import expand_stages
from torch_fpga.passes.fx.explicit_types import explicit_types
from torch_fpga.passes.fx.keep_aliases import keep_aliases
from torch_fpga.passes.fx.name_inputs import name_inputs
from torch_fpga.passes.fx.pipeline import RAISE
from torch_fpga.passes.mlir.import_torch import import_torch
from torch_fpga.passes.mlir.pipeline import TO_KERNEL, run_mlir
from torch_fpga.stages import context
from torch_fpga.targets.kernel import KernelOptions


@contextmanager
def kernel_of(
    function: Callable[..., Any], inputs: tuple[torch.Tensor, ...], options: KernelOptions
) -> Iterator[mlir.ir.Module]:
    """The module of ``function``'s one kernel; nothing is computed and nothing built. Use it inside the ``with``."""
    graph = traced(function, inputs)
    with context(), stamped(graph):
        expand_stages(graph)
        explicit_types(graph)
        yield run_mlir(import_torch(graph, "kernel"), TO_KERNEL, options, lambda step, module: None)


class _Stop(Exception):  # noqa: N818
    """The graph is there: what it would compute does not matter."""


def traced(function: Callable[..., Any], inputs: tuple[torch.Tensor, ...]) -> fx.GraphModule:
    """The graph that the backend lowers."""
    found: list[fx.GraphModule] = []

    def backend(graph: fx.GraphModule, examples: list[torch.Tensor]) -> Callable[..., Any]:
        names = [node.name for node in graph.graph.find_nodes(op="placeholder")]

        def inner(captured: fx.GraphModule, _: list[torch.Tensor]) -> Callable[..., Any]:
            name_inputs(captured, names)
            for step in RAISE:
                if step is not keep_aliases:  # the kernel makes all results, views too
                    step(captured)
            found.append(copy.deepcopy(captured))

            def stop(*_: Any) -> Any:
                raise _Stop

            return make_boxed_func(stop)

        return aot_autograd(fw_compiler=inner)(graph, examples)

    torch._dynamo.reset()
    try:
        with torch.no_grad():
            torch.compile(_named(function), backend=backend, dynamic=False, fullgraph=True)(*inputs)
    except _Stop:
        pass
    (graph,) = found
    return graph


def _named(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` itself if Dynamo can look into it, else one that calls it."""
    return function if inspect.isfunction(function) else lambda *x: function(*x)
