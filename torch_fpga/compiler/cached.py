"""A compiled graph in PyTorch's own cache: another process with the same graph captures and compiles nothing.

PyTorch's AOTAutograd cache keeps what its backend returns if that is an ``OutputCode``. Its key has the graph that
Dynamo captured, its inputs and PyTorch's settings; ``key_tag`` adds what else decides what is compiled and reported.
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import functools
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import fx
from torch._functorch._aot_autograd.autograd_cache import BypassAOTAutogradCache
from torch._inductor.output_code import OutputCode
from torch._inductor.runtime.cache_dir_utils import cache_dir
from torch._ops import OpOverload, OpOverloadPacket
from torch.fx.experimental.symbolic_shapes import has_free_symbols
from torch.utils import _pytree as pytree

from torch_fpga.compiler import record
from torch_fpga.compiler.dense import is_lazy, load_dense
from torch_fpga.compiler.frame import Frame
from torch_fpga.compiler.link import Linker
from torch_fpga.compiler.lower_once import compiler_key
from torch_fpga.compiler.region_code import Compiled, Linking, RegionCode
from torch_fpga.compiler.step_times import StepTimes
from torch_fpga.compiler.strides import Strides
from torch_fpga.debug import log
from torch_fpga.errors import ToolError
from torch_fpga.options import Options
from torch_fpga.report import GraphReport
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.open_device import device_of
from torch_fpga.runtime.private import check_private


@dataclasses.dataclass
class CachedGraph:
    """What the cache has of a graph: its regions, their linking, and the report as it was before loading."""

    linking: Linking
    regions: list[RegionCode]
    options: Options
    report: GraphReport

    def load(self) -> Compiled:
        """The callable, in a process that compiled nothing; once. Raises what tells PyTorch to compile after all."""
        steps, report = StepTimes(), self.report
        report.name = _name.get()
        report.notes.append("compiled by an earlier process and kept in PyTorch's cache: nothing was placed anew")
        device, cache = device_of(self.options), Cache(self.options.cache_dir)
        linker = Linker(self.options, device, report, steps, cache)
        for code in self.regions:
            if code.device == "fpga":
                linker.start(code)
        # Before the report has the graph: if one of them cannot be loaded, the graph is compiled anew.
        load = functools.cache(lambda *code: steps.timed("Inductor", load_dense, *code))  # equal layers have one
        for code in self.regions:
            if code.device == "gpu":
                linker.dense(code, _dense(code, load, report))
        record.start(self.options, device, report)
        run = linker.link(self.linking, self.regions)
        report.steps = steps.report()
        return run


_name = contextvars.ContextVar("name", default="graph")


@contextlib.contextmanager
def named(graph: str) -> Iterator[None]:
    """What a cached graph that is loaded inside is called in the report: a key has no names."""
    before = _name.set(graph)
    try:
        yield
    finally:
        _name.reset(before)


def _dense(
    code: RegionCode, load: Callable[[bytes, tuple[Strides, ...], bool], Compiled], report: GraphReport
) -> Compiled:
    record.compiled_by(report, code.id, "eager" if code.dense is None else "inductor")
    if code.dense is None:
        return code.graph.forward
    return load(code.dense, code.graph.strides, code.single)


class CompiledGraph(OutputCode):
    """The callable that AOTAutograd gets, and what the cache gets of it; None for one that must not be cached."""

    def __init__(self, run: Compiled, cached: CachedGraph | None) -> None:
        super().__init__()
        self._boxed_call = True  # of the object: AOTAutograd's wrappers copy its attributes
        self.run: Compiled | None = run
        # In a list that copies of this object share: what was pickled is not needed any more.
        self.cached = [cached] if cached else []
        self.pickled = b""

    def __call__(self, inputs: Sequence[Any]) -> Any:
        return self.run(*inputs)  # type: ignore[misc]

    def prepare_for_serialization(self) -> None:
        """Called on a copy. Raises BypassAOTAutogradCache, with the reason, if it must not be cached."""
        if not self.cached:
            raise BypassAOTAutogradCache(
                "no key tells all about the graph, or a region fell back and the next process tries again"
            )
        try:
            self.run, self.pickled = None, pickle.dumps(self.cached.pop())
        except Exception as error:  # pickle raises what the pickled raise
            raise BypassAOTAutogradCache(f"the compiled graph cannot be pickled: {error}") from error

    def post_compile(self, example_inputs: Sequence[Any], constants: Any, graph_kwargs: Any) -> None:
        """Called after it was found in the cache."""
        try:
            cached: CachedGraph = pickle.loads(self.pickled)
            self.run, self.pickled = cached.load(), b""
        except Exception as error:  # PyTorch compiles the graph anew, whatever it was
            log.warning("a graph kept by an earlier process cannot be loaded and is compiled anew: %s", error)
            raise

    def set_triton_bundle(self, triton_bundle: Any) -> None:
        """No Triton kernels of its own."""


def cache_note() -> str:
    """Why PyTorch's cache must not be used; empty if it may.

    PyTorch keeps pickles there, and libraries; whoever can write to it runs code in this process.
    """
    folder = cache_dir()
    try:
        check_private(Path(folder))
    except ToolError as error:
        return f"nothing is kept in PyTorch's cache for the next process: {error.message}; {error.hint}"
    except OSError as error:
        return f"nothing is kept in PyTorch's cache for the next process: {error}"
    return ""


def can_be_cached(graph: fx.GraphModule) -> bool:
    """Whether a key can tell all that decides about a captured graph.

    It cannot with symbolic sizes, for a graph has conditions on them, nor with operators that a user registered: their
    Python code decides. Inputs that are negated by a mark only are not looked after in another process. And PyTorch
    does not keep the guards that AOTAutograd has made while capturing.
    """
    context = torch._guards.TracingContext.try_get()
    if context is not None and context.guards_context.aotautograd_guards:
        return False
    return not any(
        _is_users_operator(node.target) or _is_symbolic(node) or any(map(is_lazy, _values(node)))
        for node in graph.graph.nodes
    )


_KNOWN = ("aten", "prims", "torch_fpga")
"""Namespaces of operators whose Python code the key has: PyTorch's version, and our sources."""


def _is_users_operator(target: Any) -> bool:
    if isinstance(target, OpOverload):
        target = target.overloadpacket
    return isinstance(target, OpOverloadPacket) and target._qualified_op_name.split("::")[0] not in _KNOWN


def _values(node: fx.Node) -> list[Any]:
    return pytree.tree_leaves([node.meta.get("example_value"), node.meta.get("val")])


def _is_symbolic(node: fx.Node) -> bool:
    return any(
        isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool))
        or (isinstance(value, torch.Tensor) and has_free_symbols(value))
        for value in _values(node)
    )


def key_tag(graph: fx.GraphModule, example_inputs: Sequence[Any], frame: Frame, options: Options) -> str:
    """What PyTorch's key does not have: options, this compiler, the names and lines that are reported.

    And which inputs share memory, which decides what a write into one of them means.
    """
    lines = (f"{node.name} {node.stack_trace}" for node in graph.graph.nodes)
    storages = [_storage(x) for x in example_inputs]
    shared = (str(storages.index(storage)) for storage in storages)
    return (
        "torch_fpga "
        + key_of(options.key(), compiler_key(), frame.model, frame.place, *lines, "shared", *shared)
        + cpu_tag()
    )


def _storage(value: Any) -> int:
    """A number that two inputs have in common if they share memory."""
    try:
        return value.untyped_storage()._cdata if isinstance(value, torch.Tensor) else id(value)
    except (NotImplementedError, RuntimeError):  # sparse tensors, and some that wrap others
        return id(value)


@functools.cache
def cpu_tag() -> str:
    """The vector instructions of this CPU. Inductor's code depends on them, and its key does not have them."""
    capabilities = (torch.backends.cpu.get_cpu_capability(), str(sorted(torch.cpu.get_capabilities().items())))
    return f" CPU {key_of(*capabilities)}"
