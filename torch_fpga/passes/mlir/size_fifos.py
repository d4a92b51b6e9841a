"""Sets the depth of every FIFO.

Where streams meet again the FIFO already holds all that passes (``schedule_phases``); that is what keeps a kernel from
a deadlock. The others only hide latency: a read from memory takes many cycles, a task a few. A vector of many bits
takes many block RAMs in a FIFO, however few words it has of their hundreds; but one of two vectors is made of LUTs, and
is enough between tasks of an iteration a cycle.
"""

from __future__ import annotations

from torch_fpga.dialects import hls
from torch_fpga.dialects.lanes import bytes_of
from torch_fpga.dialects.mem import i64
from torch_fpga.dialects.mlir import ir
from torch_fpga.stages import STAGES
from torch_fpga.targets.kernel import KernelOptions

# Of a FIFO that Vitis HLS keeps in LUTs (the default of config_storage, UG1399).
_LUT_BITS = 1024


def size_fifos(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place."""
    for kernel in module.body.operations:
        for phase in kernel.body.blocks[0].operations:
            if not isinstance(phase, hls.PhaseOp):
                continue
            late = {op.out for op in phase.body.blocks[0].operations if _reads_memory(op)}
            depths: dict[str, int] = {}
            streams = [op for op in phase.body.blocks[0].operations if isinstance(op, hls.StreamOp)]
            for op in streams:
                bits = 8 * bytes_of(op.res.type.element) * op.res.type.lanes
                between = options.task_latency if bits * options.task_latency <= _LUT_BITS else 2
                slack = options.memory_latency if op.res in late else between
                depth = max(op.depth.value, min(slack, op.vectors.value), 2)
                depths[_declared(op)] = max(depth, depths.get(_declared(op), 0))
            for op in streams:
                op.operation.attributes["depth"] = i64(depths[_declared(op)])


def _declared(stream: hls.StreamOp) -> str:
    """The name of what is declared: a stream, or an array of streams of one depth."""
    attributes = stream.operation.attributes
    return str(attributes["array"].value if "array" in attributes else stream.name.value)


def _reads_memory(op: ir.OpView) -> bool:
    task = STAGES.task(op)
    return task is not None and task.reads_memory
