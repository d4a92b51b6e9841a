"""Runs a plain PyTorch function as one FPGA kernel in emulation: the shortest way from an op to its numbers."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from typing import Any

import torch
from torch import fx
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

from torch_fpga.debug import Dump
from torch_fpga.lower import lower
from torch_fpga.passes.pipelines import RAISE
from torch_fpga.runtime.build import build
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.emulation import Emulation
from torch_fpga.runtime.launch import Launch


@functools.cache
def cache() -> Cache:
    """One cache for a test run: equal kernels of different tests are built once."""
    cache.folder = tempfile.TemporaryDirectory(prefix="torch_fpga-tests-")  # type: ignore[attr-defined]
    return Cache(cache.folder.name)  # type: ignore[attr-defined]


def trace(function: Callable[..., Any], *inputs: torch.Tensor) -> fx.GraphModule:
    """The ATen graph of a function after the raising passes, with the estimates on its nodes."""
    with FakeTensorMode() as mode:
        functional = torch.func.functionalize(function, remove="mutations")
        graph = make_fx(functional)(*(mode.from_tensor(x) for x in inputs))
    graph.graph.eliminate_dead_code()
    for step in RAISE:
        step(graph)
    return graph


def compiled(function: Callable[..., Any], *inputs: torch.Tensor) -> Launch:
    """The whole function as a kernel. Every op must be supported."""
    graph = trace(function, *inputs)
    against = {n.name: n.meta["support"] for n in graph.graph.nodes if n.meta.get("support") is not None}
    assert not against, against
    lowered = lower(graph, "kernel", Dump())
    built = build(lowered.name, lowered.source, lowered.arguments, cache()).result()
    return Launch(Emulation("test").load(built), lowered.ports, lowered.inputs, lowered.outputs)


def check(function: Callable[..., Any], *inputs: torch.Tensor, **tolerance: Any) -> None:
    """The kernel's results equal eager's: bit by bit for integers, closely for floats, NaN equal to NaN."""
    expected = function(*inputs)
    expected = expected if isinstance(expected, (tuple, list)) else (expected,)
    results = compiled(function, *inputs)(*inputs)
    assert len(results) == len(expected)
    for i, (got, want) in enumerate(zip(results, expected, strict=True)):
        assert got.dtype == want.dtype and got.shape == want.shape, (i, got.dtype, want.dtype, got.shape, want.shape)
        torch.testing.assert_close(got, want, equal_nan=True, msg=lambda m, i=i: f"result {i}: {m}", **tolerance)
