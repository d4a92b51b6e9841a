"""What lowering makes of a graph, kept on disk: a graph seen before needs no MLIR, whose import alone takes long.

The key is the work, which is the graph as text without its names, what the passes are given, and the compiler itself,
which is torch's version, every source and table of this package, and torch-mlir. So a layer of a model gets the kernel
that was lowered for an earlier layer, or for another model: its C++ has names and lines of whoever came first, what the
judge says of it has the lines of who asks. Where somebody wants to see the steps, they are taken, once for equal
regions.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sympy
import torch
from torch import fx

from torch_fpga.codegen.identity import kernel_identity, renamed, work_name
from torch_fpga.compiler.graph_text import graph_text
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.source_lines import user_line
from torch_fpga.debug import CPP, Dump
from torch_fpga.passes.fx.at_sizes import at_sizes, hints_of
from torch_fpga.report import codec
from torch_fpga.report.design import DesignReport
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.signature_json import signature_from_json, signature_to_json
from torch_fpga.targets.kernel import KernelOptions

Bounds = Mapping[sympy.Symbol, int]

_FILE = "lowered.json"


def lowered_once(
    graph: fx.GraphModule,
    region: str,
    dump: Dump,
    cache: Cache,
    options: KernelOptions,
    known: dict[str, Lowered] | None = None,
    bounds: Bounds | None = None,
) -> Lowered:
    """``lower`` under a name of the kernel's work, or what it gave for equal work. Raises what it raises.

    Args:
        graph: the region's.
        region: what the steps are shown under.
        dump: where they are shown.
        cache: where the result is kept.
        options: what the passes are given.
        known: what was lowered for other regions by their work and options; the result is added to it.
        bounds: of the symbols of a graph whose sizes vary.
    """
    known, bounds = {} if known is None else known, bounds or {}
    text = _text(graph, bounds)
    if text is None:
        return _lower(graph, region, dump, options, bounds)
    work = key_of(text, options.key())
    if work not in known:
        seen = dump.wants(CPP)
        if seen:
            known[work] = _lower(graph, region, dump, options, bounds)
        else:
            known[work] = _cached(graph, region, work, dump, cache, options, bounds)
    lowered, lines = known[work], _lines(graph)
    return dataclasses.replace(
        lowered, design=lowered.design.seen_at(dict(zip(lowered.lines, lines, strict=True))), lines=lines
    )


def _text(graph: fx.GraphModule, bounds: Bounds) -> str | None:
    """The work of a graph; of one whose sizes vary, what it is for their bounds and when each of them grows
    alone: two that grow together could stand for each other."""
    if not bounds:
        return graph_text(graph)
    sizes = [dict(bounds), *({**bounds, symbol: bound + 1} for symbol, bound in bounds.items())]
    texts = [graph_text(at_sizes(graph, each)) for each in sizes]
    now = [hint for symbol, hint in hints_of(graph.graph.nodes).items() if symbol in bounds]  # for what it costs
    return None if None in texts else repr((texts, list(bounds.values()), now))


def _cached(
    graph: fx.GraphModule,
    region: str,
    work: str,
    dump: Dump,
    cache: Cache,
    options: KernelOptions,
    bounds: Bounds,
) -> Lowered:
    def make(folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(_to_json(_lower(graph, region, dump, options, bounds))))

    folder, _ = cache.entry(key_of("lowered", work, compiler_key()), make)
    return _from_json(json.loads((folder / _FILE).read_text()))


def _to_json(lowered: Lowered) -> dict[str, Any]:
    signature = signature_to_json(lowered.signature)
    parts = {"name": lowered.name, "source": lowered.source, "signature": signature}
    small = None if lowered.small is None else _to_json(lowered.small)
    return {**parts, "design": codec.plain(lowered.design), "lines": lowered.lines, "small": small}


def _from_json(read: Mapping[str, Any]) -> Lowered:
    design = codec.typed(DesignReport, read["design"])
    small = None if read["small"] is None else _from_json(read["small"])
    signature = signature_from_json(read["signature"])
    return Lowered(read["name"], read["source"], signature, design, tuple(read["lines"]), small)


def _lower(graph: fx.GraphModule, region: str, dump: Dump, options: KernelOptions, bounds: Bounds) -> Lowered:
    # Here, because it imports torch-mlir.
    from torch_fpga.compiler.lower import lower
    from torch_fpga.compiler.lower_sized import lower_sized

    made = lower_sized(graph, region, dump, options, bounds) if bounds else lower(graph, region, dump, options)
    lines, small = _lines(graph), made.small
    if small is not None:
        small = dataclasses.replace(named_by_work(small), lines=lines)
    return dataclasses.replace(named_by_work(made), lines=lines, small=small)


def _lines(graph: fx.GraphModule) -> tuple[str, ...]:
    """Of all operations on tensors."""
    calls = [node for node in graph.graph.nodes if node.op == "call_function"]
    return tuple(user_line(node) for node in calls if not isinstance(node.meta.get("val"), torch.SymInt))


def named_by_work(kernel: Lowered) -> Lowered:
    """The kernel under a name that tells its work: what its hardware does, and which tensors it takes and gives."""
    work = key_of(kernel_identity(kernel.name, kernel.source), repr(kernel.signature.unnamed()))
    name = work_name(kernel.source, work)
    return dataclasses.replace(kernel, name=name, source=renamed(kernel.source, kernel.name, name))


@functools.cache
def compiler_key() -> str:
    """What compiles: our sources and tables by what they say; torch-mlir, which is large, by files' sizes and times."""
    ours = (f"{name}\n{file.read_text()}" for name, file in _files("torch_fpga", "*.py", "*.toml"))
    stats = ((name, file.stat()) for name, file in _files("torch_mlir", "*.py", "*.so*"))
    theirs = (f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)
    return key_of(torch.__version__, str(torch.version.git_version), *ours, *theirs)


def _files(package: str, *patterns: str) -> list[tuple[str, Path]]:
    """The files of a package by their names in it. Does not import it."""
    spec = importlib.util.find_spec(package)
    homes = [Path(home) for home in (spec.submodule_search_locations or ())] if spec else []
    files = [(file.relative_to(home), file) for home in homes for pattern in patterns for file in home.rglob(pattern)]
    return sorted((name.as_posix(), file) for name, file in files)
