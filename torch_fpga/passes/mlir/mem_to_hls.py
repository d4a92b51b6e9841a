"""``mem`` to ``hls``: stages become tasks, values become streams, ports and scratch memory.

Works phase by phase on what ``schedule_phases`` decided. A phase is planned first (who reads which stream), then
written: streams, loads, stages, forks, stores.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from torch_fpga.dialects import hls, mem
from torch_fpga.dialects.lanes import bytes_of, lanes_of, port_lanes, rows_and_cols, vectors_of
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.ops import CHANNELS, DEAL_BYTES
from torch_fpga.passes.mlir.import_torch import NAME
from torch_fpga.passes.mlir.names import Names, assigned_names
from torch_fpga.passes.mlir.schedule_phases import FLOW, returned, source_of_operand
from torch_fpga.stages import STAGES, Stage
from torch_fpga.views import View


def mem_to_hls(module: ir.Module) -> ir.Module:
    """Lowers the one function of ``module`` into a kernel in a new module."""
    result = ir.Module.create()
    function = module.body.operations[0]
    with ir.InsertionPoint(result.body), function.location:
        _Kernel(function).run()
    return result


@dataclasses.dataclass
class _Stream:
    """A stream of the phase being planned; ``op`` is set when it is written."""

    name: str
    element: ir.Type
    width: int
    vectors: int
    whole: bool = False
    op: ir.Value | None = None


@dataclasses.dataclass
class _Memory:
    """Where a value can be read or written: an argument, a result or scratch."""

    name: str
    role: str
    arg: int
    elements: int
    element: ir.Type


class _Kernel:
    def __init__(self, function: func.FuncOp) -> None:
        self.function = function
        self.names = Names()
        self.memory: dict[ir.Value, _Memory] = {}
        self.stores: dict[ir.Value, list[tuple[_Memory, View]]] = defaultdict(list)
        self.called: dict[ir.Value, str] = {}

    def run(self) -> None:
        stages = [op for op in self.function.entry_block.operations if STAGES.becomes_task(op)]
        for op in stages:
            mem.require("phase" in op.operation.attributes, op, "schedule_phases has not run: no phase")
        self.name_values(stages)
        self.place_arguments()
        self.place_results()
        self.place_scratch(stages)
        kernel = hls.KernelOp(ir.StringAttr.get(self.function.name.value))
        body = kernel.body.blocks.append()
        for number in sorted({op.attributes["phase"].value for op in stages}):
            with ir.InsertionPoint(body):
                _Phase(self, body, number, [op for op in stages if op.attributes["phase"].value == number]).write()

    def name_values(self, stages: list[ir.OpView]) -> None:
        attributes = self.function.arg_attrs
        for i, argument in enumerate(self.function.entry_block.arguments):
            self.called[argument] = attributes[i][NAME].value if NAME in attributes[i] else f"arg{i}"
        for op in stages:
            wanted = assigned_names(op.location)
            for i, result in enumerate(op.results):
                plain = op.operation.name.removeprefix("mem.")
                self.called[result] = wanted[i] if len(wanted) == len(op.results) else plain

    def place_arguments(self) -> None:
        for i, argument in enumerate(self.function.entry_block.arguments):
            elements = math.prod(mem.shape(argument))
            self.memory[argument] = _Memory(self.called[argument], "in", i, elements, mem.element(argument))

    def place_results(self) -> None:
        for i, value in enumerate(returned(self.function)):
            name = self.called.get(value, "joined")
            elements = math.prod(mem.shape(value))
            self.store(value, _Memory(name, "out", i, elements, mem.element(value)))

    def place_scratch(self, stages: list[ir.OpView]) -> None:
        """Gives memory to what a later phase reads."""
        made = {result for op in self.function.entry_block.operations for result in op.results}
        for op in stages:
            for value, flow in zip(op.operands, mem.ints(op.attributes["flow"]), strict=True):
                base, _ = source_of_operand(value)
                if flow == FLOW["memory"] and base not in self.memory:
                    mem.require(base in made, op, "an operand that nothing makes")
                    name = self.called.get(base, "joined")
                    number = sum(m.role == "scratch" for m in self.memory.values())
                    elements = math.prod(mem.shape(base))
                    self.memory[base] = _Memory(name, "scratch", number, elements, mem.element(base))
                    self.store(base, self.memory[base])

    def store(self, value: ir.Value, memory: _Memory) -> None:
        """Has ``value`` stored when it is made; the parts of a concat are stored one by one."""
        if not isinstance(value.owner, mem.ConcatOp):
            self.stores[value].append((memory, View.whole(mem.shape(value))))
            return
        axis, start = value.owner.axis.value, 0
        for part in value.owner.operands:
            size = mem.shape(part)[axis]
            view = View.whole(mem.shape(value)).slice(axis, start, start + size, 1)
            self.stores[part].append((memory, view))
            start += size


@dataclasses.dataclass
class _Plan:
    """A stage with its streams, and the tasks that stand before and after it."""

    op: ir.OpView
    stage: Stage | None  # none for a map
    reads: list[Any]
    before: list[Callable[[], None]]
    writes: list[_Stream] = dataclasses.field(default_factory=list)
    after: list[Callable[[], None]] = dataclasses.field(default_factory=list)
    dealt: list[tuple[int, _Stream, _Stream, _Stream]] = dataclasses.field(default_factory=list)


class _Phase:
    def __init__(self, kernel: _Kernel, body: ir.Block, number: int, stages: list[ir.OpView]) -> None:
        self.kernel, self.number = kernel, number
        self.readers: dict[ir.Value, list[_Stream]] = defaultdict(list)
        self.streams: list[_Stream] = []
        self.plans = [self.plan_reads(op) for op in stages]
        for plan in self.plans:
            self.plan_writes(plan)

    def write(self) -> None:
        phase = hls.PhaseOp(ir.StringAttr.get(f"phase{self.number}"))
        self.ports = ir.InsertionPoint(phase)
        with ir.InsertionPoint(phase.body.blocks.append()):
            for stream in self.streams:
                kind = hls.Fifo.of(stream.element, stream.width)
                depth = max(stream.vectors, 1) if stream.whole else 1
                name = ir.StringAttr.get(stream.name)
                stream.op = hls.StreamOp(name, mem.i64(stream.vectors), mem.i64(depth), kind).res
            for plan in self.plans:
                with plan.op.location:
                    for task in plan.before:
                        task()
                    label = ir.StringAttr.get(self.kernel.called[plan.op.results[0]])
                    writes = [stream.op for stream in plan.writes]
                    if plan.dealt:
                        _dealt(plan, writes[0], label)
                    elif plan.stage is None:
                        _map(plan.op, [self.operand(read) for read in plan.reads], writes, label)
                    else:
                        plan.stage.lower(plan.op, [self.operand(read) for read in plan.reads], writes, label)
                    for task in plan.after:
                        task()

    def operand(self, read: Any) -> Any:
        """What a task is given: a stream, or a port and the view to read it through."""
        if isinstance(read, _Stream):
            return read.op
        memory, view = read
        return self.port(memory, "in"), view

    def new_stream(self, name: str, element: ir.Type, width: int, vectors: int, whole: bool = False) -> _Stream:
        stream = _Stream(self.kernel.names.unique(f"{name}_stream"), element, width, vectors, whole)
        self.streams.append(stream)
        return stream

    def port(self, memory: _Memory, direction: str, channel: int = 0, channels: int = 1, row: int = 0) -> ir.Value:
        """A port of its own for each task: two tasks of a dataflow region must not share one."""
        text = ir.StringAttr.get
        suffix = {"in": "", "out": "_out", "scratch": "_stored" if direction == "out" else "_loaded"}[memory.role]
        suffix += f"_ch{channel}" if channels > 1 else ""
        with self.ports:
            return hls.PortOp(
                text(self.kernel.names.unique(memory.name + suffix)),
                text(memory.role),
                mem.i64(memory.arg),
                mem.i64(memory.elements),
                mem.i64(channel),
                mem.i64(channels),
                mem.i64(row),
                text(""),
                mem.i64(-1),
                hls.Memory.get(memory.element),
            ).res

    # Planning.

    def plan_reads(self, op: ir.OpView) -> _Plan:
        plan = _Plan(op, STAGES.of(op), [], [])
        for position, (value, flow) in enumerate(zip(op.operands, mem.ints(op.attributes["flow"]), strict=True)):
            plan.reads.append(self.plan_read(plan, position, value, flow))
        if plan.stage and plan.stage.lower_rows and self.can_deal(op):
            self.deal(plan)
        return plan

    def can_deal(self, op: Any) -> bool:
        """A large matrix of contiguous rows that lies in memory as an input, met by one vector."""
        base, _ = source_of_operand(op.matrix)
        memory = self.kernel.memory.get(base)
        batches, rows, cols = mem.shape(op.matrix)
        whole = View.whole([rows, cols])
        contiguous = (mem.view_of(op.matrix.owner) if base != op.matrix else View.whole([batches, rows, cols])).reshape(
            [rows * batches, cols]
        )
        return (
            memory is not None
            and memory.role == "in"
            and batches == mem.shape(op.vectors)[1] == 1
            and contiguous == whole
            and rows * cols * bytes_of(memory.element) >= DEAL_BYTES
        )

    def deal(self, plan: _Plan) -> None:
        """One load and one matmul a channel, and a merge that restores the order of the rows."""
        op, vectors = plan.op, plan.reads[1]
        base, _ = source_of_operand(op.matrix)
        memory, name = self.kernel.memory[base], self.kernel.called[base]
        _, rows, cols = mem.shape(op.matrix)
        self.streams.remove(plan.reads[0])
        width = plan.reads[0].width
        counts = [len(range(channel, rows, CHANNELS)) for channel in range(CHANNELS)]
        element, result = memory.element, mem.element(op.res)
        matrices = [self.new_stream(name, element, width, n * -(-cols // width)) for n in counts]
        copies = [self.new_stream("vector", vectors.element, vectors.width, vectors.vectors) for _ in counts]
        scores = [self.new_stream(self.kernel.called[op.res], result, 1, n) for n in counts]

        def before() -> None:
            with self.ports:
                step_name = ir.StringAttr.get(self.kernel.names.unique(f"{memory.name}_step"))
                step = hls.StepOp(step_name, mem.i64(cols), mem.i64(CHANNELS * cols), ir.IntegerType.get_signless(64))
            for channel, (count, stream) in enumerate(zip(counts, matrices, strict=True)):
                port = self.port(memory, "in", channel, CHANNELS, cols)
                label = ir.StringAttr.get(f"load {name} {channel}")
                block = map(mem.i64, (0, count, cols, cols))
                hls.LoadRowsOp(port, stream.op, label, *block, step=step.res)
            fork(vectors, copies, "vector", vectors.vectors)

        plan.before[:] = [*plan.before[1:], before]
        plan.dealt = list(zip(counts, matrices, copies, scores, strict=True))

    def plan_read(self, plan: _Plan, position: int, value: ir.Value, flow: int) -> Any:
        """The stream an operand arrives in; for a gather's table, the memory it lies in and the view of it."""
        base, _ = source_of_operand(value)
        sizes = mem.shape(value)
        rows, cols = rows_and_cols(sizes)
        name = self.kernel.called.get(base, "joined")
        if flow != FLOW["memory"]:
            whole = flow == FLOW["whole"]
            stream = self.new_stream(name, mem.element(value), lanes_of(cols), vectors_of(value), whole)
            self.readers[base].append(stream)
            return stream
        view = View.whole(sizes) if base == value else mem.view_of(value.owner)
        memory = self.kernel.memory[base]
        if plan.stage and position in plan.stage.at_random:
            return memory, view
        wide = plan.stage is not None and position in plan.stage.at_port_width
        width = port_lanes(mem.element(value), cols) if wide else lanes_of(cols)
        stream = self.new_stream(name, mem.element(value), width, rows * -(-cols // width))
        plan.before.append(lambda: load(self.port(memory, "in"), stream.op, view, name))
        return stream

    def plan_writes(self, plan: _Plan) -> None:
        for result in plan.op.results:
            _, cols = rows_and_cols(mem.shape(result))
            name, vectors = self.kernel.called[result], vectors_of(result)
            readers = self.readers[result]
            for memory, view in self.kernel.stores[result]:
                stream = self.new_stream(name, mem.element(result), lanes_of(cols), vectors)
                readers.append(stream)
                plan.after.append(partial(self.write_store, memory, stream, view))
            if len(readers) == 1:
                plan.writes.append(readers[0])
                continue
            # Nobody reads it, or several do: a fork with so many branches.
            trunk = self.new_stream(name, mem.element(result), lanes_of(cols), vectors)
            plan.writes.append(trunk)
            plan.after.insert(0, partial(fork, trunk, readers, name, vectors))

    def write_store(self, memory: _Memory, stream: _Stream, view: View) -> None:
        store(stream.op, self.port(memory, "out"), view, memory.name)


def _dealt(plan: _Plan, out: ir.Value, label: ir.StringAttr) -> None:
    assert plan.stage is not None
    assert plan.stage.lower_rows is not None
    for count, matrix, vector, scores in plan.dealt:
        plan.stage.lower_rows(plan.op, count, [matrix.op, vector.op], scores.op, label)
    rows, out_cols = rows_and_cols(mem.shape(plan.op.res))
    merged = ir.StringAttr.get(f"merge {label.value}")
    hls.MergeRoundRobinOp(out, [scores.op for *_, scores in plan.dealt], merged, mem.i64(rows), mem.i64(out_cols))


def fork(source: _Stream, readers: list[_Stream], name: str, vectors: int) -> None:
    """Copies a stream; to no reader at all it drains it."""
    label = ir.StringAttr.get(f"{'fork' if readers else 'drain'} {name}")
    hls.ForkOp(source.op, [reader.op for reader in readers], label, mem.i64(vectors))


def load(port: ir.Value, stream: ir.Value, view: View, name: str) -> None:
    """Bursts where the rows of the view are contiguous, else element by element."""
    label = ir.StringAttr.get(f"load {name}")
    if (block := _as_rows(view)) is not None:
        hls.LoadRowsOp(port, stream, label, *map(mem.i64, block))
    else:
        offset, sizes, strides = _collapsed(view)
        hls.LoadStridedOp(port, stream, label, mem.i64(offset), mem.i64s(sizes), mem.i64s(strides))


def store(stream: ir.Value, port: ir.Value, view: View, name: str) -> None:
    """The reverse of ``load``."""
    label = ir.StringAttr.get(f"store {name}")
    if (block := _as_rows(view)) is not None:
        hls.StoreRowsOp(stream, port, label, *map(mem.i64, block))
    else:
        offset, sizes, strides = _collapsed(view)
        hls.StoreStridedOp(stream, port, label, mem.i64(offset), mem.i64s(sizes), mem.i64s(strides))


def _as_rows(view: View) -> tuple[int, int, int, int] | None:
    """Offset, rows, columns and row stride of a view with contiguous rows; None for any other."""
    rows, cols = rows_and_cols(list(view.sizes))
    flat = view.reshape([rows, cols])
    if flat is None or (cols > 1 and flat.strides[1] != 1):
        return None
    return flat.offset, rows, cols, flat.strides[0]


def _collapsed(view: View) -> tuple[int, list[int], list[int]]:
    """A view with dimensions that go together joined: fewer loop levels. The last stays the row."""
    sizes, strides = list(view.sizes) or [1], list(view.strides) or [0]
    for i in reversed(range(len(sizes) - 2)):
        if sizes[i] == 1 or strides[i] == sizes[i + 1] * strides[i + 1]:
            sizes[i : i + 2] = [sizes[i] * sizes[i + 1]]
            del strides[i]
    return view.offset, sizes, strides


def _map(op: mem.MapOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    first, *rest = reads
    named = {f"in{i}": stream for i, stream in enumerate(rest, 1)}
    task = hls.MapOp(writes[0], first, label, mem.i64(vectors_of(op.res)), **named)
    body = op.body.blocks[0]
    block = task.body.blocks.append(*[argument.type for argument in body.arguments])
    new: dict[ir.Value, ir.Value] = dict(zip(body.arguments, block.arguments, strict=True))
    with ir.InsertionPoint(block):
        for inner in body.operations:
            for operand in inner.operands:
                if operand not in new:  # a constant that canonicalize hoisted out of the body
                    new[operand] = operand.owner.clone().results[0]
            copy = inner.operation.clone()
            for i, operand in enumerate(inner.operands):
                copy.operands[i] = new[operand]
            new.update(zip(inner.results, copy.results, strict=True))
