"""Prints an ``hls`` kernel as C++. Decides nothing: a table says how each task spells its template.

The text is meant to be read and is the same for Vitis HLS and for g++.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from torch_fpga.dialects import hls, mem
from torch_fpga.dialects.mlir import arith, ir, source_of

TYPES = {
    "f32": "float",
    "f16": "half_t",
    "bf16": "bfloat16_t",
    "ui8": "uint8_t",
    "i8": "int8_t",
    "i32": "int32_t",
    "i64": "int64_t",
    "i1": "bool",
}


def print_kernel(module: ir.Module) -> str:
    """The C++ of the one kernel of ``module``: ``extern "C" void NAME(pointers...)``."""
    return _Printer(module.body.operations[0]).text()


def _elem(value: ir.Value) -> str:
    return TYPES[str(value.type.element)]


def _width(value: ir.Value) -> int:
    return value.type.lanes


def _ints(attribute: ir.Attribute) -> str:
    return ", ".join(map(str, mem.ints(attribute)))


def _pattern(op: Any) -> str:
    rank = len(mem.ints(op.sizes))
    return f"pattern<{rank}>{{{op.offset.value}, {{{_ints(op.sizes)}}}, {{{_ints(op.strides)}}}}}"


def _rank(op: Any) -> int:
    return len(mem.ints(op.sizes))


def _flag(attribute: ir.Attribute) -> str:
    return "true" if attribute.value else "false"


def _accumulator(op: Any) -> str:
    return TYPES[str(op.accumulator.value)]


def _map_parameters(op: Any, functor: str) -> list[Any]:
    inputs = op.operands[1:]
    return [functor, _width(op.out), _elem(op.out), *map(_elem, inputs)]


# op -> (template, its parameters, its arguments). Arguments are operands (streams, ports) or text.
Row = tuple[str, Callable[[Any], list[Any]], Callable[[Any], list[Any]]]


def _sizes(op: Any, *names: str) -> list[int]:
    return [getattr(op, name).value for name in names]


TASKS: dict[type, Row] = {
    hls.LoadRowsOp: (
        "load_rows",
        lambda op: [_elem(op.out), _width(op.out)],
        lambda op: [op.src, op.out, *_sizes(op, "offset", "rows", "cols"), op.step or op.row_stride.value],
    ),
    hls.LoadStridedOp: (
        "load_strided",
        lambda op: [_elem(op.out), _width(op.out), _rank(op)],
        lambda op: [op.src, op.out, _pattern(op)],
    ),
    hls.StoreRowsOp: (
        "store_rows",
        lambda op: [_elem(op.source), _width(op.source)],
        lambda op: [op.source, op.dst, *_sizes(op, "offset", "rows", "cols", "row_stride")],
    ),
    hls.StoreStridedOp: (
        "store_strided",
        lambda op: [_elem(op.source), _width(op.source), _rank(op)],
        lambda op: [op.source, op.dst, _pattern(op)],
    ),
    hls.ForkOp: (
        "fork",
        lambda op: [f"vec<{_elem(op.source)}, {_width(op.source)}>"] * (1 + len(op.outs)),
        lambda op: [op.source, op.vectors.value, *op.outs],
    ),
    hls.IotaOp: (
        "iota",
        lambda op: [_elem(op.out), _width(op.out)],
        lambda op: [op.out, *_sizes(op, "rows", "cols")],
    ),
    hls.ReduceOp: (
        "reduce",
        lambda op: [f"{op.kind.value}_op", _elem(op.source), _elem(op.out), _width(op.source), _width(op.out)],
        lambda op: [op.source, op.out, *_sizes(op, "rows", "cols", "out_cols")],
    ),
    hls.ArgReduceOp: (
        "argmax",
        lambda op: [_elem(op.source), _width(op.source), _width(op.out), _flag(op.largest)],
        lambda op: [op.source, op.out, *_sizes(op, "rows", "cols", "out_cols")],
    ),
    hls.SoftmaxOp: (
        "softmax",
        lambda op: [_elem(op.out), _width(op.out), op.max_cols.value],
        lambda op: [op.source, op.out, *_sizes(op, "rows", "cols")],
    ),
    hls.LayerNormOp: (
        "layer_norm",
        lambda op: [_elem(op.out), _width(op.out), op.max_cols.value],
        lambda op: [op.source, *_affine(op), op.out, *_sizes(op, "rows", "cols"), _float(op.eps.value)],
    ),
    hls.RmsNormOp: (
        "rms_norm",
        lambda op: [_elem(op.out), _width(op.out), op.max_cols.value],
        lambda op: [op.source, *_affine(op), op.out, *_sizes(op, "rows", "cols"), _float(op.eps.value)],
    ),
    hls.TopkOp: (
        "topk",
        lambda op: [
            _elem(op.source),
            _width(op.source),
            _width(op.values),
            1 << max(op.k.value - 1, 0).bit_length(),
            _flag(op.largest),
            _flag(op.sorted),
        ],
        lambda op: [op.source, op.values, op.indices, *_sizes(op, "rows", "cols", "k")],
    ),
    hls.CumsumOp: (
        "cumsum",
        lambda op: [_elem(op.source), _elem(op.out), _width(op.out)],
        lambda op: [op.source, op.out, *_sizes(op, "rows", "cols")],
    ),
    hls.MatmulOp: (
        "matmul",
        lambda op: [
            *(_elem(op.matrix), _elem(op.vectors), _elem(op.out), _accumulator(op)),
            *(_width(op.matrix), _width(op.vectors), _width(op.out)),
            *(op.count.value, _power_of_two(op.cols.value)),
        ],
        lambda op: [op.matrix, op.vectors, op.out, *_sizes(op, "batches", "rows", "cols", "out_cols")],
    ),
    hls.RowSumOp: (
        "row_sum",
        lambda op: [
            *(_elem(op.matrix), _elem(op.weights), _elem(op.out), _accumulator(op)),
            *(_width(op.matrix), _width(op.weights), op.count.value),
            *(_power_of_two(op.cols.value), _power_of_two(op.rows.value)),
        ],
        lambda op: [op.matrix, op.weights, op.out, *_sizes(op, "batches", "rows", "cols")],
    ),
    hls.MergeRoundRobinOp: (
        "merge_round_robin",
        lambda op: [_elem(op.out), _width(op.out), len(op.ins)],
        lambda op: [op.out, *_sizes(op, "rows", "cols"), *op.ins],
    ),
    hls.GatherRowsOp: (
        "gather_rows",
        lambda op: [_elem(op.out), _width(op.out), _elem(op.index), _width(op.index)],
        lambda op: [
            *(op.table, op.index, op.out),
            *_sizes(op, "offset", "groups", "count", "inner_rows", "cols", "group_stride", "row_stride", "limit"),
            _flag(op.wrap),
        ],
    ),
    hls.GatherElementsOp: (
        "gather_elements",
        lambda op: [_elem(op.out), _width(op.out), _elem(op.index), _rank(op)],
        lambda op: [
            *(op.table, op.index, op.out, _pattern(op)),
            *_sizes(op, "index_stride", "limit"),
            _flag(op.wrap),
        ],
    ),
}


def _affine(op: Any) -> list[ir.Value]:
    return [value for name in ("weight", "bias") if (value := getattr(op, name, None)) is not None]


def _power_of_two(size: int) -> int:
    return 1 << max(size - 1, 0).bit_length()


def _float(number: float) -> str:
    if math.isnan(number):
        return "std::numeric_limits<float>::quiet_NaN()"
    if math.isinf(number):
        return f"{'-' if number < 0 else ''}std::numeric_limits<float>::infinity()"
    # The shortest text that reads back as the same float32.
    text = str(np.float32(number))
    return text + ("f" if re.search(r"[.e]", text) else ".0f")


def _depth(port: hls.PortOp) -> int:
    """Elements behind a port, for co-simulation: of a dealt matrix its channel's rows."""
    row = port.row_elements.value
    if port.channels.value == 1:
        return int(port.elements.value)
    return len(range(port.channel.value, port.elements.value // row, port.channels.value)) * row


class _Printer:
    def __init__(self, kernel: hls.KernelOp) -> None:
        self.kernel = kernel
        self.name = kernel.sym_name.value
        self.called: dict[ir.Value, str] = {}
        self.functors: list[str] = []

    def text(self) -> str:
        operations = list(self.kernel.body.blocks[0].operations)
        ports = [op for op in operations if isinstance(op, hls.PortOp)]
        steps = [op for op in operations if isinstance(op, hls.StepOp)]
        buffers = [op for op in operations if isinstance(op, hls.BufferOp)]
        phases = [op for op in operations if isinstance(op, hls.PhaseOp)]
        for op in (*ports, *steps, *buffers):
            self.called[op.res] = op.name.value
        bodies = [self.phase(op, [*ports, *steps, *buffers]) for op in phases]
        return "\n".join(
            [
                "// Generated by torch_fpga, for Vitis HLS and, with hls_lib/emulation on the include path, for C++17.",
                "#include <ap_int.h>",
                "#include <hls_stream.h>",
                "",
                '#include "hls_lib/hls_lib.hpp"',
                "",
                "using namespace hls_lib;",
                "",
                "namespace {",
                "",
                *self.functors,
                *(line for body in bodies for line in (*body, "")),
                "}  // namespace",
                "",
                *self.top(ports, steps, buffers, phases),
                "",
            ]
        )

    def declare(self, op: Any) -> str:
        if isinstance(op, hls.StepOp):
            return f"int64_t {self.called[op.res]}"
        constant = "const " if isinstance(op, hls.PortOp) and op.role.value == "in" else ""
        return f"{constant}{_elem(op.res)}* {self.called[op.res]}"

    def top(self, ports: list[Any], steps: list[Any], buffers: list[Any], phases: list[Any]) -> Iterable[str]:
        yield f'extern "C" void {self.name}({_wrapped([self.declare(op) for op in (*ports, *steps)], 4)}) {{'
        for port in ports:
            yield (
                f"#pragma HLS interface m_axi port={port.name.value} bundle={port.bundle.value} offset=slave"
                f" depth={_depth(port)}"
            )
        for step in steps:
            yield f"#pragma HLS interface s_axilite port={step.name.value}"
        for buffer in buffers:
            name = buffer.name.value
            yield f"  static {_elem(buffer.res)} {name}[{buffer.elements.value}];"
            kind = "type=ram_2p impl=uram" if buffer.storage.value == "uram" else "type=ram_2p"
            yield f"#pragma HLS bind_storage variable={name} {kind}"
        for phase in phases:
            used = [self.called[op.res] for op in self.used(phase, [*ports, *steps, *buffers])]
            yield f"  {self.name}_{phase.name.value}({_wrapped(used, 6)});"
        yield "}"

    def used(self, phase: hls.PhaseOp, memories: list[Any]) -> list[Any]:
        operands = {value for op in phase.body.blocks[0].operations for value in op.operands}
        return [op for op in memories if op.res in operands]

    def phase(self, phase: hls.PhaseOp, memories: list[Any]) -> list[str]:
        parameters = [self.declare(op) for op in self.used(phase, memories)]
        lines = [f"void {self.name}_{phase.name.value}({_wrapped(parameters, 4)}) {{", "#pragma HLS dataflow"]
        tasks = []
        source = ""
        for op in phase.body.blocks[0].operations:
            if isinstance(op, hls.StreamOp):
                self.called[op.res] = op.name.value
                kind = f"vec<{_elem(op.res)}, {_width(op.res)}>"
                lines.append(f'  stream<{kind}, {op.depth.value}> {op.name.value}("{op.name.value}");')
                continue
            if (here := source_of(op.location)) and here != source:
                source = here
                tasks.append(f"  // {_source_comment(here)}")
            tasks.append(self.task(op))
        return [*lines, "  dataflow region;", *tasks, "}"]

    def task(self, op: Any) -> str:
        if isinstance(op, hls.MapOp):
            functor = self.functor(op)
            template, parameters = "map", _map_parameters(op, functor)
            arguments = [op.out, op.vectors.value, *op.operands[1:]]
        else:
            template, of_parameters, of_arguments = TASKS[type(op)]
            parameters, arguments = of_parameters(op), of_arguments(op)
        spelled = [self.called[a] if isinstance(a, ir.Value) else str(a) for a in arguments]
        head = f"  region.task<{template}<"
        head += _wrapped([str(p) for p in parameters], 6, len(head)) + f'>>("{op.label.value}", '
        return head + _wrapped(spelled, 6, len(head.rsplit("\n", 1)[-1])) + ");"

    def functor(self, op: hls.MapOp) -> str:
        """Prints a map's body as a struct with one static function; returns its name."""
        block = op.body.blocks[0]
        name = f"{re.sub(r'[^0-9A-Za-z]+', '_', op.label.value)}_body{len(self.functors)}"
        called: dict[ir.Value, str] = {argument: f"x{i}" for i, argument in enumerate(block.arguments)}
        lines: list[str] = []
        for inner in block.operations:
            if isinstance(inner, arith.ConstantOp):
                called[inner.result] = _constant(inner)
            elif isinstance(inner, mem.ScalarOp):
                # With its namespace: <math.h> has functions of the same names.
                fn = f"cast<{TYPES[str(inner.res.type)]}>" if inner.fn.value == "cast" else inner.fn.value
                value = f"hls_lib::{fn}({', '.join(called[v] for v in inner.operands)})"
                called[inner.res] = f"t{len(lines)}"
                lines.append(f"    const {TYPES[str(inner.res.type)]} t{len(lines)} = {value};")
            else:
                lines.append(f"    return {called[inner.operands[0]]};")
        result = _elem(op.out)
        parameters = ", ".join(f"{TYPES[str(a.type)]} {called[a]}" for a in block.arguments)
        self.functors.append(
            "\n".join([f"struct {name} {{", f"  static {result} apply({parameters}) {{", *lines, "  }", "};", ""])
        )
        return name


def _constant(op: arith.ConstantOp) -> str:
    kind = TYPES[str(op.result.type)]
    if kind == "bool":
        return "true" if ir.IntegerAttr(op.attributes["value"]).value else "false"
    if kind == "float":
        return _float(ir.FloatAttr(op.attributes["value"]).value)
    if kind in ("half_t", "bfloat16_t"):
        return f"cast<{kind}>({_float(ir.FloatAttr(op.attributes['value']).value)})"
    value = ir.IntegerAttr(op.attributes["value"]).value
    # The most negative number has no literal of its own.
    return f"{kind}({value})" if value != -(2**63) else "std::numeric_limits<int64_t>::min()"


def _source_comment(source: str) -> str:
    """``dir/model.py:12`` as ``model.py:12: the line itself``: the user's text, on one line."""
    import linecache

    file, _, line = source.rpartition(":")
    code = linecache.getline(file, int(line)).strip().replace("\\", "/")
    return f"{file.rsplit('/', 1)[-1]}:{line}" + (f": {code[:90]}" if code else "")


def _wrapped(parts: list[str], indent: int, start: int = 24, width: int = 118) -> str:
    """``parts`` joined by commas, broken to lines of at most ``width``."""
    lines, length = [""], start
    for i, part in enumerate(parts):
        piece = part + ("," if i < len(parts) - 1 else "")
        if length + len(piece) + 1 > width and lines[-1]:
            lines.append(" " * indent + piece)
            length = indent + len(piece)
        else:
            lines[-1] += (" " if lines[-1].strip() else "") + piece
            length += len(piece) + 1
    return "\n".join(lines)
