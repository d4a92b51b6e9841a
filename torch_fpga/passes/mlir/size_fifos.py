"""Sets the depth of every FIFO.

Where streams meet again the FIFO already holds all that passes (``schedule_phases``); that is what keeps a kernel from
a deadlock. The others only hide latency: a read from HBM takes about 64 cycles on these cards, a task a few.
"""

from __future__ import annotations

from torch_fpga.dialects import hls
from torch_fpga.dialects.mem import i64
from torch_fpga.dialects.mlir import ir

MEMORY_LATENCY = 64
TASK_SLACK = 8

_READS_MEMORY = (hls.LoadRowsOp, hls.LoadStridedOp, hls.GatherRowsOp, hls.GatherElementsOp)


def size_fifos(module: ir.Module) -> None:
    """Rewrites in place."""
    for kernel in module.body.operations:
        for phase in kernel.body.blocks[0].operations:
            if not isinstance(phase, hls.PhaseOp):
                continue
            late = {op.out for op in phase.body.blocks[0].operations if isinstance(op, _READS_MEMORY)}
            for op in phase.body.blocks[0].operations:
                if isinstance(op, hls.StreamOp):
                    slack = MEMORY_LATENCY if op.res in late else TASK_SLACK
                    depth = max(op.depth.value, min(slack, op.vectors.value), 2)
                    op.operation.attributes["depth"] = i64(depth)
