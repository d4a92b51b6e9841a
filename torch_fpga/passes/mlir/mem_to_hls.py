"""``mem`` to ``hls``: stages become tasks, values become streams, ports and scratch memory.

Works phase by phase on what ``schedule_phases`` decided. A phase is planned first (who reads which stream), then
written: streams, loads, stages, forks, stores.
"""

from __future__ import annotations

from torch_fpga.dialects import hls, mem
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.passes.mlir.kernel.memory import Memories
from torch_fpga.passes.mlir.kernel.plan import PhasePlan
from torch_fpga.passes.mlir.kernel.write import PhaseWriter
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions


def mem_to_hls(module: ir.Module, options: KernelOptions) -> ir.Module:
    """Lowers the one function of ``module`` into a kernel in a new module."""
    result = ir.Module.create()
    function = module.body.operations[0]
    with ir.InsertionPoint(result.body), function.location:
        _write_kernel(function, options)
    return result


def _write_kernel(function: func.FuncOp, options: KernelOptions) -> None:
    stages = [op for op in function.entry_block.operations if STAGES.becomes_task(op)]
    phases: dict[int, list[ir.OpView]] = {}
    for op in stages:
        mem.require("phase" in op.operation.attributes, op, "schedule_phases has not run: no phase")
        phases.setdefault(op.attributes["phase"].value, []).append(op)
    memories = Memories(function, stages)
    kernel = hls.KernelOp(ir.StringAttr.get(function.name.value))
    body = kernel.body.blocks.append()
    for number, members in sorted(phases.items()):
        with ir.InsertionPoint(body):
            planned = PhasePlan(memories, options, members)
            PhaseWriter(memories, f"phase{number}", options).write(planned)
