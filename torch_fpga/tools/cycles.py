"""``torch_fpga.cycles``: a report whose kernels were run in emulation, with the cycles of their logs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch

from torch_fpga.compiler import record
from torch_fpga.compiler.divide import divide
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.plan import Plan
from torch_fpga.compiler.region_code import Compiled, EagerGraph
from torch_fpga.errors import UserError
from torch_fpga.model.cycle import Cycles
from torch_fpga.options import Options
from torch_fpga.report import RegionReport, Report
from torch_fpga.report.design import DesignReport
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.logged import build_logged
from torch_fpga.runtime.solver import STYLES, Style
from torch_fpga.tools.run_planned import run_planned


class LoggedKernels:
    """The kernels of a model, each run once: those of equal work are one."""

    def __init__(self, options: Options, style: Style, fifos: bool) -> None:
        self.options, self.style, self.fifos, self.cache = options, style, fifos, Cache(options.cache_dir)
        self.designs: dict[str, DesignReport] = {}

    def design(self, kernel: Lowered, tensors: Sequence[torch.Tensor]) -> DesignReport:
        """With the cycles of the kernel's log, if need be of a run on ``tensors``."""
        if kernel.name not in self.designs:
            log, _ = build_logged(kernel.name, kernel.source, kernel.signature, self.cache).log(*tensors)
            cycles = Cycles(kernel.design, log, self.options.target, self.cache)
            fifos = cycles.fifos(self.style) if self.fifos else []
            self.designs[kernel.name] = dataclasses.replace(cycles.report(style=self.style), fifos=fifos)
        return self.designs[kernel.name]


def cycles(model: Any, *inputs: Any, style: Style = "stp", fifos: bool = False, **options: Any) -> Report:
    """See ``torch_fpga.cycles``."""
    if style not in STYLES:
        raise UserError(f"style={style!r} is not one of {', '.join(STYLES)}", code="bad-option")
    kernels = LoggedKernels(dataclasses.replace(Options.parse(options), device="emulation"), style, fifos)

    def logged(plan: Plan) -> Compiled:
        divided = divide(plan)
        runs: dict[str, Compiled] = {}
        for region in divided.regions:
            on_fpga = region.device == "fpga"
            kernel = plan.kernels.lower(region.graph, region.id, plan.request.dump) if on_fpga else None
            run = runs[region.call] = EagerGraph(region.graph).forward  # which changes the graph
            if kernel is not None:
                runs[region.call] = _logged(run, record.region(plan.report, region.id), kernel, kernels)
        return divided.linking.function(runs)

    report = run_planned(model, inputs, kernels.options, logged)
    if report is None:
        raise UserError("nothing was captured: the model has no tensor operation that torch.compile can see")
    return report


def _logged(run: Compiled, entry: RegionReport, kernel: Lowered, kernels: LoggedKernels) -> Compiled:
    """``run``, in eager PyTorch, after the cycles of the kernel have been written into the report."""

    def call(*tensors: torch.Tensor) -> Any:
        entry.design = kernels.design(kernel, tensors)
        return run(*tensors)

    return call
