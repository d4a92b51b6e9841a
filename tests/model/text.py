"""Small kernels of the hls dialect, written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir
from torch_fpga.stages import context


def port(name: str, element: str = "f32", role: str = "in", bank: int = 0) -> str:
    return (
        f'%{name} = "hls.port"() {{arg = 0 : i64, bank = {bank} : i64, bundle = "gmem{bank}", channel = 0 : i64,'
        f' channels = 1 : i64, block_elements = 0 : i64, elements = 64 : i64, name = "{name}", role = "{role}"}}'
        f" : () -> !hls.memory<{element}>"
    )


def stream(name: str, lanes: int = 16, element: str = "f32", depth: int = 64) -> str:
    return (
        f'%{name} = "hls.stream"() {{depth = {depth} : i64, name = "{name}", vectors = 1 : i64}}'
        f" : () -> !hls.fifo<{element}, {lanes} : i32>"
    )


def load(source: str, out: str, rows: int, cols: int, lanes: int = 16, stride: int | None = None) -> str:
    stride = cols if stride is None else stride
    return (
        f'"hls.load_rows"(%{source}, %{out}) {{cols = {cols} : i64, label = "load {source}", offset = 0 : i64,'
        f" row_stride = {stride} : i64, rows = {rows} : i64}}"
        f" : (!hls.memory<f32>, !hls.fifo<f32, {lanes} : i32>) -> ()"
    )


def store(source: str, to: str, rows: int, cols: int, lanes: int = 16) -> str:
    return (
        f'"hls.store_rows"(%{source}, %{to}) {{cols = {cols} : i64, label = "store {source}", offset = 0 : i64,'
        f" row_stride = {cols} : i64, rows = {rows} : i64}} : (!hls.fifo<f32, {lanes} : i32>, !hls.memory<f32>) -> ()"
    )


def softmax(source: str, out: str, rows: int, cols: int, lanes: int = 16) -> str:
    return (
        f'"hls.softmax"(%{source}, %{out}) {{cols = {cols} : i64, label = "softmax", max_cols = {cols} : i64,'
        f" rows = {rows} : i64}} : (!hls.fifo<f32, {lanes} : i32>, !hls.fifo<f32, {lanes} : i32>) -> ()"
    )


def cumsum(source: str, out: str, rows: int, cols: int) -> str:
    return (
        f'"hls.cumsum"(%{source}, %{out}) {{cols = {cols} : i64, label = "cumsum", rows = {rows} : i64}}'
        " : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()"
    )


def add_map(source: str, out: str, vectors: int, function: str = "add") -> str:
    """Each element plus itself."""
    segments = "operandSegmentSizes = array<i32: 1, 1, 0>"
    body = f'"mem.scalar"(%lane, %lane) {{fn = "{function}", {segments}}} : (f32, f32) -> f32'
    return (
        f'"hls.map"(%{out}, %{source}) ({{ ^bb0(%lane: f32): %made = {body} "mem.yield"(%made) : (f32) -> () }})'
        f' {{label = "map", operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0>, vectors = {vectors} : i64}}'
        " : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()"
    )


def phase(*lines: str, name: str = "phase0") -> str:
    return f'"hls.phase"() ({{\n{chr(10).join(lines)}\n}}) {{name = "{name}"}} : () -> ()'


@contextmanager
def kernel(*lines: str) -> Iterator[hls.KernelOp]:
    """The kernel of these lines."""
    with context():
        text = f'"hls.kernel"() ({{\n{chr(10).join(lines)}\n}}) {{sym_name = "kernel"}} : () -> ()'
        module = ir.Module.parse(text)  # which the kernel lives in
        yield module.body.operations[0]
