"""A compiled graph in PyTorch's own cache: another process with the same graph captures and compiles nothing.

PyTorch's AOTAutograd cache keeps what its backend returns if that is an ``OutputCode``. Its key has the graph that
Dynamo captured, its inputs and PyTorch's settings; ``key_tag`` adds what else decides what is compiled and reported.
"""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Sequence
from typing import Any

import torch
from torch import fx
from torch._functorch._aot_autograd.autograd_cache import BypassAOTAutogradCache
from torch._inductor.output_code import OutputCode

from torch_fpga import record
from torch_fpga.dense import load_dense
from torch_fpga.link import Linker, device_of
from torch_fpga.lowered import compiler_key
from torch_fpga.options import Options
from torch_fpga.parts import Compiled, Linking, Part
from torch_fpga.report import GraphReport
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.steps import Steps


@dataclasses.dataclass
class Kept:
    """What is kept of a graph: its parts, how they are linked, and the report as it was before anything was loaded."""

    linking: Linking
    parts: list[Part]
    options: Options
    report: GraphReport

    def load(self) -> Compiled:
        """The callable, in a process that compiled nothing. Raises what tells PyTorch to compile after all."""
        steps, report = Steps(), copy.deepcopy(self.report)
        report.notes.append("compiled by an earlier process and kept in PyTorch's cache: nothing was captured or placed")
        device, cache = device_of(self.options), Cache(self.options.cache_dir)
        linker = Linker(self.options, device, report, steps, cache)
        for part in self.parts:
            linker.start(part)
        # Before the report has the graph: if one of them cannot be loaded, the graph is compiled anew.
        dense = {part.region: _dense(part, steps, report) for part in self.parts if part.device == "gpu"}
        record.start(self.options, device, report)
        run = linker.link(self.linking, self.parts, lambda part: dense[part.region])
        report.steps = steps.report()
        return run


def _dense(part: Part, steps: Steps, report: GraphReport) -> Compiled:
    record.compiled_by(report, part.region, "eager" if part.dense is None else "inductor")
    if part.dense is None:
        return part.graph.forward
    run: Compiled = steps.timed("Inductor", load_dense, part.dense, part.single)
    return run


class CompiledGraph(OutputCode):
    """The callable that AOTAutograd gets; ``kept`` is None for one that must not be kept."""

    def __init__(self, run: Compiled, kept: Kept | None) -> None:
        super().__init__()
        self._boxed_call = True  # of the object: AOTAutograd's wrappers copy its attributes
        self.run: Compiled | None = run
        self.kept: Kept | bytes | None = kept

    def __call__(self, inputs: Sequence[Any]) -> Any:
        return self.run(*inputs)  # type: ignore[misc]

    def prepare_for_serialization(self) -> None:
        """Called on a copy. Raises BypassAOTAutogradCache, with the reason, if there is nothing to keep."""
        if self.kept is None:
            raise BypassAOTAutogradCache("a region fell back: the next process tries again")
        try:
            self.run, self.kept = None, pickle.dumps(self.kept)
        except Exception as error:  # pickle raises what the pickled raise
            raise BypassAOTAutogradCache(f"the compiled graph cannot be pickled: {error}") from error

    def post_compile(self, example_inputs: Sequence[Any], constants: Any, graph_kwargs: Any) -> None:
        """Called after it was found in the cache."""
        assert isinstance(self.kept, bytes)
        kept: Kept = pickle.loads(self.kept)
        self.run, self.kept = kept.load(), None

    def set_triton_bundle(self, triton_bundle: Any) -> None:
        """No Triton kernels of its own."""


def can_be_kept(example_inputs: Sequence[Any]) -> bool:
    """Whether PyTorch's key tells such inputs apart: a graph of symbolic sizes has conditions that we do not keep."""
    return all(
        isinstance(x, torch.Tensor) and not any(isinstance(n, torch.SymInt) for n in (*x.shape, *x.stride()))
        for x in example_inputs
    )


def key_tag(graph: fx.GraphModule, name: str, options: Options) -> str:
    """What PyTorch's key does not have: options, this compiler, the graph's number, the names and lines it reports."""
    lines = (f"{node.name} {node.stack_trace}" for node in graph.graph.nodes)
    return "torch_fpga " + key_of(options.key(), compiler_key(), name, *lines)
