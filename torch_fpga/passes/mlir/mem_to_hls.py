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
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.ops import CHANNELS, DEAL_BYTES
from torch_fpga.passes.mlir.fold_reshapes import view_of
from torch_fpga.passes.mlir.import_torch import NAME
from torch_fpga.passes.mlir.lanes import bytes_of, lanes_of, port_lanes, rows_and_cols, vectors_of
from torch_fpga.passes.mlir.names import Names, assigned_names
from torch_fpga.passes.mlir.schedule_phases import FLOW, is_stage, returned, source_of_operand
from torch_fpga.passes.mlir.views import View


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
        stages = [op for op in self.function.entry_block.operations if is_stage(op)]
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
                        _dealt_matmul(plan, writes[0], label)
                    else:
                        TASKS[type(plan.op)](plan.op, [self.operand(read) for read in plan.reads], writes, label)
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
        plan = _Plan(op, [], [])
        for position, (value, flow) in enumerate(zip(op.operands, mem.ints(op.attributes["flow"]), strict=True)):
            plan.reads.append(self.plan_read(plan, position, value, flow))
        if isinstance(op, mem.MatmulOp) and self.can_deal(op):
            self.deal(plan)
        return plan

    def can_deal(self, op: mem.MatmulOp) -> bool:
        """A large matrix of contiguous rows that lies in memory as an input, met by one vector."""
        base, _ = source_of_operand(op.matrix)
        memory = self.kernel.memory.get(base)
        batches, rows, cols = mem.shape(op.matrix)
        whole = View.whole([rows, cols])
        contiguous = (view_of(op.matrix.owner) if base != op.matrix else View.whole([batches, rows, cols])).reshape(
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
        view = View.whole(sizes) if base == value else view_of(value.owner)
        memory = self.kernel.memory[base]
        if isinstance(plan.op, (mem.GatherRowsOp, mem.GatherElementsOp)) and position == 0:
            return memory, view
        wide = isinstance(plan.op, mem.MatmulOp) and position == 0
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


# One function a stage: the mem op, its inputs, its output streams and the label of the task.


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


def _iota(op: mem.IotaOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    hls.IotaOp(writes[0], label, *map(mem.i64, rows_and_cols(mem.shape(op.res))))


def _rows(op: ir.OpView, operand: int = 0) -> list[ir.IntegerAttr]:
    rows, cols = rows_and_cols(mem.shape(op.operands[operand]))
    return [mem.i64(rows), mem.i64(cols)]


def _out_cols(op: ir.OpView) -> ir.IntegerAttr:
    return mem.i64(rows_and_cols(mem.shape(op.results[0]))[1])


def _buffer(cols: int) -> ir.IntegerAttr:
    """The size of an on-chip row buffer: a power of two, so that kernels of like sizes are alike."""
    return mem.i64(1 << max(cols - 1, 0).bit_length())


def _row_buffer(op: ir.OpView) -> ir.IntegerAttr:
    return _buffer(rows_and_cols(mem.shape(op.operands[0]))[1])


def _reduce(op: mem.ReduceOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    if op.kind.value.startswith("arg"):
        largest = mem.i64(int(op.kind.value == "argmax"))
        hls.ArgReduceOp(reads[0], writes[0], label, largest, *_rows(op), _out_cols(op))
    else:
        hls.ReduceOp(reads[0], writes[0], label, op.kind, *_rows(op), _out_cols(op))


def _softmax(op: mem.SoftmaxOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    hls.SoftmaxOp(reads[0], writes[0], label, *_rows(op), _row_buffer(op))


def _layer_norm(op: mem.LayerNormOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    present = [name for name in ("weight", "bias") if getattr(op, name) is not None]
    affine = dict(zip(present, reads[1:], strict=True))
    hls.LayerNormOp(reads[0], writes[0], label, *_rows(op), _row_buffer(op), op.eps, **affine)


def _rms_norm(op: mem.RmsNormOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    weight = reads[1] if len(reads) > 1 else None
    hls.RmsNormOp(reads[0], writes[0], label, *_rows(op), _row_buffer(op), op.eps, weight=weight)


def _topk(op: mem.TopkOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    k = mem.i64(mem.shape(op.values)[-1])
    hls.TopkOp(reads[0], *writes, label, op.largest, op.sorted, *_rows(op), k)


def _cumsum(op: mem.CumsumOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    hls.CumsumOp(reads[0], writes[0], label, *_rows(op))


def _accumulator(kind: ir.Type) -> ir.TypeAttr:
    """Floats add up in float32, integers in their own width and wrap."""
    return ir.TypeAttr.get(kind if isinstance(kind, ir.IntegerType) else ir.F32Type.get())


def _matmul(op: mem.MatmulOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    batches, rows, cols = mem.shape(op.matrix)
    sizes = [mem.shape(op.vectors)[1], batches, rows, cols]
    kind = _accumulator(mem.element(op.res))
    hls.MatmulOp(*reads, writes[0], label, kind, *map(mem.i64, sizes), _out_cols(op))


def _dealt_matmul(plan: _Plan, out: ir.Value, label: ir.StringAttr) -> None:
    op = plan.op
    kind, cols = _accumulator(mem.element(op.res)), mem.shape(op.matrix)[2]
    for count, matrix, vector, scores in plan.dealt:
        sizes = map(mem.i64, (1, 1, count, cols, 1))
        hls.MatmulOp(matrix.op, vector.op, scores.op, label, kind, *sizes)
    rows, out_cols = rows_and_cols(mem.shape(op.res))
    merged = ir.StringAttr.get(f"merge {label.value}")
    hls.MergeRoundRobinOp(out, [scores.op for *_, scores in plan.dealt], merged, mem.i64(rows), mem.i64(out_cols))


def _row_sum(op: mem.RowSumOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    batches, rows, cols = mem.shape(op.matrix)
    sizes = [mem.shape(op.weights)[1], batches, rows, cols]
    kind = _accumulator(mem.element(op.res))
    hls.RowSumOp(*reads, writes[0], label, kind, *map(mem.i64, sizes))


def _gather_rows(op: mem.GatherRowsOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    (table, view), index = reads
    groups, count = mem.shape(op.index)
    limit, *inner = view.sizes[1:]
    block = [view.offset, groups, count, math.prod(inner[:-1]), inner[-1], view.strides[0], view.strides[1], limit]
    hls.GatherRowsOp(table, index, writes[0], label, *map(mem.i64, block), op.wrap)


def _gather_elements(op: mem.GatherElementsOp, reads: list[Any], writes: list[ir.Value], label: ir.StringAttr) -> None:
    (table, view), index = reads
    axis, sizes = op.axis.value, mem.shape(op.index)
    strides = [0 if i == axis else stride for i, stride in enumerate(view.strides)]
    step, limit = view.strides[axis], view.sizes[axis]
    place = [mem.i64(view.offset), mem.i64s(sizes), mem.i64s(strides), mem.i64(step), mem.i64(limit)]
    hls.GatherElementsOp(table, index, writes[0], label, *place, op.wrap)


TASKS: dict[type, Callable[..., None]] = {
    mem.IotaOp: _iota,
    mem.MapOp: _map,
    mem.ReduceOp: _reduce,
    mem.SoftmaxOp: _softmax,
    mem.LayerNormOp: _layer_norm,
    mem.RmsNormOp: _rms_norm,
    mem.TopkOp: _topk,
    mem.CumsumOp: _cumsum,
    mem.MatmulOp: _matmul,
    mem.RowSumOp: _row_sum,
    mem.GatherRowsOp: _gather_rows,
    mem.GatherElementsOp: _gather_elements,
}
