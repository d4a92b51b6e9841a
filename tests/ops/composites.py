"""What the tests of every composite ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from tests.agree import differences
from tests.kernels import check, through, trace
from torch_fpga.ops.composites import COMPOSITES
from torch_fpga.passes.fx.expand_dense import expand_dense
from torch_fpga.passes.fx.raise_composites import raise_composites
from torch_fpga.runtime.layout import laid_out
from torch_fpga.runtime.signature import Layout


def names(function: Callable[..., Any], *inputs: torch.Tensor) -> list[str]:
    """The composites found in a function, in order."""
    calls = [node for node in trace(function, *inputs).graph.nodes if node.op == "call_function"]
    return [node.target._schema.name.split("::")[1] for node in calls if str(node.target) in COMPOSITES]


def check_composite(
    name: str, function: Callable[..., Any], *inputs: torch.Tensor, count: int = 1, **tolerance: float
) -> None:
    """``function`` is found to be ``name``, its kernel gives what eager gives, and what the GPU gets what was captured.

    Also where memory is in another order: that is tried in float32 alone, for types have no part in it.
    """
    assert names(function, *inputs) == [name] * count
    _check_dense(function, *inputs)
    if any(x.dtype in (torch.float16, torch.bfloat16) for x in inputs):
        check(function, *inputs, **tolerance)
        return
    turned = [_turned(x) for x in inputs]

    def both(*x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One kernel for the two orders."""
        return (*_results(function(*x[: len(inputs)])), *_results(function(*x[len(inputs) :])))

    check(both, *inputs, *turned, **tolerance)
    _check_dense(function, *turned)
    assert differences(function, [turned], {"placement": "gpu"}) == []


def _results(results: Any) -> tuple[torch.Tensor, ...]:
    return results if isinstance(results, tuple) else (results,)


def _check_dense(function: Callable[..., Any], *inputs: torch.Tensor) -> None:
    """Taken apart for the GPU, the graph has the ops that were captured, and its results lie as in eager."""
    ops: list[list[str]] = []

    def dense(graph: fx.GraphModule) -> Callable[..., Any]:
        for node in graph.graph.nodes:
            node.meta["device"] = "gpu"
        expand_dense(graph)
        graph.recompile()
        ops.append(sorted(str(node.target) for node in graph.graph.nodes if node.op == "call_function"))
        return graph.forward

    got, captured = through(function, dense)(*inputs), through(function, dense, raise_composites)(*inputs)
    assert ops[0] == ops[1]
    several = map(_results, (got, captured, function(*inputs)))
    for result, want, eager in zip(*several, strict=True):
        assert (result.dtype, result.stride()) == (eager.dtype, eager.stride())
        torch.testing.assert_close(result, want, equal_nan=True)


def _turned(x: torch.Tensor) -> torch.Tensor:
    """Equal to ``x``, with the last two dimensions exchanged in memory."""
    if x.dim() < 2:
        return x
    return laid_out(x, Layout(tuple(x.shape), x.transpose(-1, -2).contiguous().transpose(-1, -2).stride(), x.dtype))
