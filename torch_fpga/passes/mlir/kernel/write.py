"""Writes a planned phase: streams, and for each stage loads, its task or tasks, forks and stores."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from torch_fpga.dialects import hls, mem
from torch_fpga.dialects.lanes import rows_and_cols
from torch_fpga.dialects.mlir import ir
from torch_fpga.passes.mlir.kernel import moves
from torch_fpga.passes.mlir.kernel.in_blocks import InBlocksPlan
from torch_fpga.passes.mlir.kernel.memory import Memories, Memory
from torch_fpga.passes.mlir.kernel.plan import PhasePlan, Plan
from torch_fpga.passes.mlir.kernel.shards import BlockLoad, Sharded
from torch_fpga.passes.mlir.kernel.streams import Broadcast, Fork, Load, Store, Stream, Table
from torch_fpga.sharding import Blocks
from torch_fpga.targets.kernel import KernelOptions


class PhaseWriter:
    """Writes a phase into a kernel, and its ports in front of it."""

    def __init__(self, memories: Memories, name: str, options: KernelOptions) -> None:
        self.memories, self.options = memories, options
        self.phase = hls.PhaseOp(ir.StringAttr.get(name))
        self.ports = ir.InsertionPoint(self.phase)
        self.accesses: Counter[int] = Counter()  # of this phase, to each scratch

    def write(self, planned: PhasePlan) -> None:
        with ir.InsertionPoint(self.phase.body.blocks.append()):
            for stream in planned.streams:
                kind = hls.Fifo.of(stream.element, stream.width)
                name = ir.StringAttr.get(stream.name)
                op = hls.StreamOp(name, mem.i64(stream.vectors), mem.i64(max(stream.least, 1)), kind)
                if stream.array is not None:
                    op.operation.attributes["array"] = ir.StringAttr.get(stream.array)
                    op.operation.attributes["place"] = mem.i64(stream.place)
                stream.op = op.res
            for number, group in itertools.groupby(planned.plans, lambda plan: plan.block and plan.block.number):
                plans = list(group)
                for step in (self._shared, self._stage) if number == 0 else (self._stage,):
                    for plan in plans:
                        with plan.op.location:
                            step(plan)

    def _shared(self, plan: Plan) -> None:
        """What a stage that is split by rows reads whole, and the copies of it for all blocks."""
        for load in plan.loads.values():
            if load.block is None:
                moves.load(self._moving_port(load), load.stream, load.view, load.name)
        for broadcast in plan.spread:
            _broadcast(broadcast)

    def _stage(self, plan: Plan) -> None:
        suffix = f" {plan.block.number}" if plan.block else ""
        for load in plan.loads.values():
            if plan.block is None or load.block is not None:
                moves.load(self._moving_port(load), load.stream, load.view, load.name + suffix)
        label = ir.StringAttr.get(self.memories.called[plan.op.results[0]] + suffix)
        outputs = [stream.op for stream in plan.outputs]
        if plan.sharded:
            self._blocks(plan, plan.sharded, outputs, label)
        elif plan.in_blocks:
            self._in_blocks(plan.op, plan.in_blocks, outputs, label)
        else:
            inputs = [self._input(given) for given in plan.inputs]
            if plan.stage and plan.block:
                assert plan.stage.by_rows is not None
                plan.stage.by_rows(plan.op, plan.block.rows, inputs, outputs, label)
            elif plan.stage:
                assert plan.stage.lower is not None
                plan.stage.lower(plan.op, inputs, outputs, label)
            else:
                moves.apply_map(plan.op, inputs, outputs[0], label, plan.outputs[0].vectors)
        for fork in reversed(plan.forks):  # of a stage with several results the last one first
            _fork(fork)
        for store in plan.stores:
            moves.store(store.stream, self._moving_port(store), store.view, store.memory.name + suffix)

    def _input(self, given: Stream | Table) -> Any:
        """What a task is given: a stream, or a port and the view to read it through."""
        return given.op if isinstance(given, Stream) else (self._table_port(given), given.view)

    def _blocks(self, plan: Plan, sharded: Sharded, outputs: list[Any], label: ir.StringAttr) -> None:
        """The tasks of each block; in front of a chain's first stage the loads, behind its last one the join."""
        if sharded.vector:
            _broadcast(sharded.vector)
        sharding = plan.stage.sharding if plan.stage else None
        for number, task in enumerate(sharded.tasks):
            if sharded.vector:
                # A load in front of its reader: emulation runs tasks in order, and finds its data in the cache.
                self._load_block(sharded, number, sharded.loads[number])
            inputs, results = [stream.op for stream in task.inputs], [stream.op for stream in task.outputs]
            named = ir.StringAttr.get(f"{label.value} {number}")
            if sharding is None:
                moves.apply_map(plan.op, inputs, task.outputs[0].op, named, task.outputs[0].vectors)
            else:
                sharding.lower(plan.op, sharded.blocks, number, inputs, results, named)
        if not sharded.joined:
            return
        parts = [[stream.op for stream in task.outputs] for task in sharded.tasks]
        joined = ir.StringAttr.get(f"join {label.value}")
        if sharding is not None and sharding.join is not None:
            sharding.join(plan.op, sharded.blocks, parts, outputs, joined)
            return
        rows, cols = rows_and_cols(mem.shape(plan.op.results[0]))
        numbers = (rows // sharded.blocks.times, cols, sharded.blocks.each, sharded.blocks.times)
        hls.JoinBlocksOp(outputs[0], [part[0] for part in parts], joined, *map(mem.i64, numbers))

    def _in_blocks(self, op: ir.OpView, planned: InBlocksPlan, outputs: list[Any], label: ir.StringAttr) -> None:
        """What goes to all blocks; the loads and the tasks of each block; the join."""
        for copies in planned.copies:
            _broadcast(copies)
        how, blocks = planned.how, planned.blocks
        for number, block in enumerate(planned.each):
            for load in block.loads:
                port = self._block_port(load.memory, load.stream.width, number, blocks, load.cols)
                text = ir.StringAttr.get(f"load {load.memory.name} {number}")
                hls.LoadVectorsOp(port, load.stream.op, text, mem.i64(load.stream.vectors))
            inputs = [stream.op for stream in block.inputs]
            how.lower(op, blocks, number, inputs, {name: s.op for name, s in block.between.items()}, label.value)
        between = {name: [block.between[name].op for block in planned.each] for name in planned.each[0].between}
        how.join(op, blocks, between, outputs, ir.StringAttr.get(f"join {label.value}"))

    def _load_block(self, sharded: Sharded, number: int, load: BlockLoad) -> None:
        blocks, label = sharded.blocks, ir.StringAttr.get(f"load {load.memory.name} {number}")
        a_row = sharded.cols // load.stream.width
        port = self._block_port(load.memory, load.stream.width, number, blocks, sharded.cols)
        times = blocks.times
        if load.scalars is None or load.scalar_stream is None:
            if times == 1:
                hls.LoadVectorsOp(port, load.stream.op, label, mem.i64(load.stream.vectors))
            else:
                numbers = map(mem.i64, (load.stream.vectors // times, times))
                hls.LoadVectorsAgainOp(port, load.stream.op, label, *numbers)
            return
        scalars = self._block_port(load.scalars, load.scalar_stream.width, number, blocks, load.scalars_a_row)
        numbers = map(mem.i64, (blocks.size(number), a_row, load.scalars_a_row, load.scalar_stream.least, times))
        hls.LoadVectorsAfterOp(port, scalars, load.stream.op, load.scalar_stream.op, label, *numbers)

    def _block_port(self, memory: Memory, width: int, number: int, blocks: Blocks, cols: int) -> ir.Value:
        kind = hls.Vectors.of(memory.element, width)
        return self._port(memory, kind, number, blocks.count, blocks.each * cols)

    def _moving_port(self, move: Load | Store) -> ir.Value:
        memory = move.memory
        if move.block:
            blocks = move.block.blocks
            return self._block_port(
                memory, move.stream.width, move.block.number, blocks, memory.elements // blocks.rows
            )
        if memory.role == "scratch":
            return self._scratch_port(memory)
        vectors = not self.options.by_elements and (
            moves.by_vectors(memory, move.view, move.stream)
            or (isinstance(move, Load) and moves.by_views(memory, move.view, move.stream))
        )
        return self._port(memory, hls.Vectors.of(memory.element, move.stream.width) if vectors else None)

    def _table_port(self, table: Table) -> ir.Value:
        if table.memory.role == "scratch":
            return self._scratch_port(table.memory)
        return self._port(table.memory, hls.Vectors.of(table.memory.element, table.lanes) if table.lanes > 1 else None)

    def _scratch_port(self, memory: Memory) -> ir.Value:
        """The port of one task to a scratch. Phases take them in the same order.

        HLS has a phase wait for an earlier one only where they share a pointer; so they share the first, at least.
        """
        ports, number = self.memories.scratch_ports[memory.arg], self.accesses[memory.arg]
        self.accesses[memory.arg] += 1
        if number == len(ports):
            ports.append(self._port(memory))
        return ports[number]

    def _port(
        self,
        memory: Memory,
        kind: ir.Type | None = None,
        channel: int = 0,
        channels: int = 1,
        block: int = 0,
    ) -> ir.Value:
        """A new port: two tasks of a dataflow region must not share one."""
        text = ir.StringAttr.get
        suffix = {"in": "", "out": "_out", "scratch": "_scratch"}[memory.role]
        suffix += f"_ch{channel}" if channels > 1 else ""
        with self.ports:
            return hls.PortOp(
                text(self.memories.names.unique(memory.name + suffix)),
                text(memory.role),
                *map(mem.i64, (memory.arg, memory.elements, channel, channels, block)),
                text(""),
                mem.i64(-1),
                kind or hls.Memory.get(memory.element),
            ).res


def _fork(fork: Fork) -> None:
    label = ir.StringAttr.get(f"{'fork' if fork.readers else 'drain'} {fork.name}")
    hls.ForkOp(fork.source.op, [reader.op for reader in fork.readers], label, mem.i64(fork.vectors))


def _broadcast(broadcast: Broadcast) -> None:
    readers = [reader.op for reader in broadcast.readers]
    label = ir.StringAttr.get(f"broadcast {broadcast.name}")
    hls.BroadcastOp(broadcast.source.op, readers, label, mem.i64(broadcast.vectors))
