"""Writes a planned phase: streams, and for each stage loads, its task or tasks, forks and stores."""

from __future__ import annotations

from typing import Any

from torch_fpga.dialects import hls, mem
from torch_fpga.dialects.lanes import rows_and_cols
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel import moves
from torch_fpga.passes.mlir.kernel.memory import Memories, Memory
from torch_fpga.passes.mlir.kernel.plan import Fork, Interleaved, PhasePlan, Plan, Stream, Table


class PhaseWriter:
    """Writes a phase into a kernel, and its ports in front of it."""

    def __init__(self, memories: Memories, name: str) -> None:
        self.memories = memories
        self.phase = hls.PhaseOp(ir.StringAttr.get(name))
        self.ports = ir.InsertionPoint(self.phase)

    def write(self, planned: PhasePlan) -> None:
        with ir.InsertionPoint(self.phase.body.blocks.append()):
            for stream in planned.streams:
                kind = hls.Fifo.of(stream.element, stream.width)
                depth = max(stream.vectors, 1) if stream.whole else 1
                name = ir.StringAttr.get(stream.name)
                stream.op = hls.StreamOp(name, mem.i64(stream.vectors), mem.i64(depth), kind).res
            for plan in planned.plans:
                with plan.op.location:
                    self._stage(plan)

    def _stage(self, plan: Plan) -> None:
        for load in plan.loads.values():
            moves.load(self._port(load.memory, "in"), load.stream.op, load.view, load.name)
        label = ir.StringAttr.get(self.memories.called[plan.op.results[0]])
        outputs = [stream.op for stream in plan.outputs]
        if plan.interleaved:
            self._load_channels(plan.interleaved)
            _interleaved_tasks(plan, plan.interleaved, outputs[0], label)
        else:
            inputs = [self._input(given) for given in plan.inputs]
            if plan.stage:
                plan.stage.lower(plan.op, inputs, outputs, label)
            else:
                moves.apply_map(plan.op, inputs, outputs[0], label)
        for fork in reversed(plan.forks):  # of a stage with several results the last one first
            _fork(fork)
        for store in plan.stores:
            moves.store(store.stream.op, self._port(store.memory, "out"), store.view, store.memory.name)

    def _input(self, given: Stream | Table) -> Any:
        """What a task is given: a stream, or a port and the view to read it through."""
        return given.op if isinstance(given, Stream) else (self._port(given.memory, "in"), given.view)

    def _load_channels(self, matrix: Interleaved) -> None:
        """A load for each channel. How far its rows are apart is told at the launch, for it depends on the memory."""
        memory, cols, count = matrix.memory, mem.i64(matrix.cols), len(matrix.channels)
        with self.ports:
            name = ir.StringAttr.get(self.memories.names.unique(f"{memory.name}_stride"))
            whole = mem.i64(count * matrix.cols)
            stride = hls.StrideOp(name, cols, whole, ir.IntegerType.get_signless(64)).res
        for number, channel in enumerate(matrix.channels):
            port = self._port(memory, "in", number, count, matrix.cols)
            label = ir.StringAttr.get(f"load {matrix.name} {number}")
            hls.LoadRowsOp(port, channel.matrix.op, label, mem.i64(0), mem.i64(channel.rows), cols, cols, stride=stride)
        _fork(matrix.vectors)

    def _port(self, memory: Memory, direction: str, channel: int = 0, channels: int = 1, row: int = 0) -> ir.Value:
        """A port of its own for each task: two tasks of a dataflow region must not share one."""
        text = ir.StringAttr.get
        suffix = {"in": "", "out": "_out", "scratch": "_stored" if direction == "out" else "_loaded"}[memory.role]
        suffix += f"_ch{channel}" if channels > 1 else ""
        with self.ports:
            return hls.PortOp(
                text(self.memories.names.unique(memory.name + suffix)),
                text(memory.role),
                *map(mem.i64, (memory.arg, memory.elements, channel, channels, row)),
                text(""),
                mem.i64(-1),
                hls.Memory.get(memory.element),
            ).res


def _interleaved_tasks(plan: Plan, matrix: Interleaved, out: ir.Value, label: ir.StringAttr) -> None:
    assert plan.stage is not None
    assert plan.stage.lower_rows is not None
    for channel in matrix.channels:
        inputs = [channel.matrix.op, channel.vectors.op]
        plan.stage.lower_rows(plan.op, channel.rows, inputs, channel.results.op, label)
    rows, cols = rows_and_cols(mem.shape(plan.op.results[0]))
    results = [channel.results.op for channel in matrix.channels]
    merged = ir.StringAttr.get(f"merge {label.value}")
    hls.MergeRoundRobinOp(out, results, merged, mem.i64(rows), mem.i64(cols))


def _fork(fork: Fork) -> None:
    label = ir.StringAttr.get(f"{'fork' if fork.readers else 'drain'} {fork.name}")
    hls.ForkOp(fork.source.op, [reader.op for reader in fork.readers], label, mem.i64(fork.vectors))
