"""The third step of three: the regions made callable, and linked.

FPGA regions are lowered first: then C++ compilers build the kernels while Inductor compiles the dense regions.
"""

from __future__ import annotations

import copy

import torch

from torch_fpga.compiler import record
from torch_fpga.compiler.cached import CachedGraph, CompiledGraph, cpu_tag
from torch_fpga.compiler.dense import Dense, compile_dense
from torch_fpga.compiler.divide import Divided
from torch_fpga.compiler.graph_text import graph_text
from torch_fpga.compiler.link import Linker
from torch_fpga.compiler.plan import Plan
from torch_fpga.compiler.region_code import code_of
from torch_fpga.errors import FpgaError
from torch_fpga.passes.fx.split import RegionGraph
from torch_fpga.report.trace import chrome_trace
from torch_fpga.runtime.cache import Cache

_KEY = " torch_fpga pieces 2"
"""Told apart from regions of versions that compiled them as if their inputs shared memory: Inductor's key does not."""


def realise(divided: Divided, cacheable: bool = False) -> CompiledGraph:
    """The callable of a divided graph. A region that cannot be compiled runs in eager PyTorch, and the report says so.

    Args:
        divided: the graph; that of each region is changed.
        cacheable: whether the result should be one that PyTorch's cache can hold; it is not where a region fell back.
    """
    plan = divided.plan
    options, report, steps = plan.request.options, plan.report, plan.steps
    cache = Cache(options.cache_dir)
    linker = Linker(options, plan.device, report, steps, cache)
    pairs = [(region, code_of(region, plan.request.frame.symbols)) for region in divided.regions]
    codes = [code for _, code in pairs]
    cached = CachedGraph(divided.linking, codes, options, copy.deepcopy(report))

    if any(code.device == "fpga" for code in codes):
        linker.prepare()
    for region, code in pairs:
        if code.device == "fpga":
            try:
                name = f"{plan.request.dump.name}_{region.id}"
                code.kernel = steps.timed("lower", plan.kernels.lower, region.graph, name, plan.request.dump)
            except FpgaError as error:
                linker.fall_back(code, "kernel-failed", error)
            else:
                linker.start(code)

    inductor = _Inductor(plan, cacheable)
    for region, code in pairs:
        if code.device == "gpu":
            made = inductor.compile(region)
            code.dense = made.cached
            record.compiled_by(report, code.id, made.by)
            if made.failed:
                linker.failed = True
                record.fallback(report, code.id, "inductor-failed", made.failed)
            linker.dense(code, made.run)

    if (path := plan.request.dump.path("trace", "json")) is not None:
        path.write_text(chrome_trace([report]))
    run = linker.link(divided.linking, codes)
    report.steps = steps.report()
    report.status = cached.report.status = "ran"
    return CompiledGraph(run, cached if inductor.cacheable and not linker.failed else None)


class _Inductor:
    """Compiles dense regions, those of equal work once. ``cacheable`` is False from the first on that cannot be."""

    def __init__(self, plan: Plan, cacheable: bool) -> None:
        self.request, self.steps, self.cacheable = plan.request, plan.steps, cacheable
        self.known: dict[str, Dense] = {}  # by the text of the work

    def compile(self, region: RegionGraph) -> Dense:
        made = self._compiled(region)
        if made.by == "inductor" and made.cached is None:
            self.cacheable = False
        return made

    def _compiled(self, region: RegionGraph) -> Dense:
        graph = region.graph
        path = self.request.dump.path(region.id, "onnx")
        if path is not None:
            from torch_fpga.compiler.onnx_dump import save_onnx

            save_onnx(graph, path)
        text = graph_text(graph)
        if text in self.known:
            return self.known[text]
        # What Inductor makes of a region does not depend on our options, nor on where in a file the user's lines are.
        tag = self.request.user_tag + _KEY + cpu_tag()
        with torch.compiler.config.patch(cache_key_tag=tag):  # type: ignore[attr-defined]
            made: Dense = self.steps.timed("Inductor", compile_dense, graph, self.cacheable)
        if text is not None and not made.failed:  # a failure names the lines of its own region
            self.known[text] = made
        return made
