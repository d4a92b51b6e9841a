"""``torch-fpga lint``: what Vitis HLS would refuse or make slow of a model's FPGA regions; nothing is built."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any

from torch_fpga.compiler.divide import divide
from torch_fpga.compiler.lower import lower
from torch_fpga.compiler.plan import Plan
from torch_fpga.compiler.region_code import Compiled, forward_of
from torch_fpga.debug import Dump
from torch_fpga.dialects.mlir import ir
from torch_fpga.lint import Finding, Limits, lint
from torch_fpga.options import Options
from torch_fpga.targets.chip import Chip, load_chip
from torch_fpga.targets.kernel import kernel_options
from torch_fpga.targets.model import load_target
from torch_fpga.tools.run_planned import run_planned


def lint_model(model: Any, inputs: Sequence[Any], options: Options) -> dict[str, list[Finding]]:
    """What is found in each region that goes to the FPGA, by its name. Runs the model once, in eager."""
    found: dict[str, list[Finding]] = {}
    kernel, limits = kernel_options(options.target), Limits(ports=load_target(options.target).memory_channels)
    chip = load_chip("versal" if options.target == "v80" else "ultrascale_plus")
    graphs = itertools.count()

    def in_eager(plan: Plan) -> Compiled:
        divided, number = divide(plan), next(graphs)
        for region in divided.regions:
            if region.device == "fpga":
                findings = found[f"graph{number}_{region.id}"] = []
                # The module is looked at at once, because it does not outlive the lowering.
                lower(region.graph, region.id, Dump(), kernel, partial(_keep, findings, chip, limits))
        return divided.linking.function({region.call: forward_of(region.graph) for region in divided.regions})

    run_planned(model, inputs, options, in_eager)
    return found


def _keep(findings: list[Finding], chip: Chip, limits: Limits, module: ir.Module) -> None:
    findings.extend(lint(module, chip, limits))
