"""How types, widths and attributes of a task are spelled in C++."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.element_types import BY_MLIR


def cpp(kind: ir.Type) -> str:
    """An element type."""
    return BY_MLIR[str(kind)].cpp


def elem(value: ir.Value) -> str:
    """The element type of a stream, port or buffer."""
    return cpp(value.type.element)


def width(value: ir.Value) -> int:
    """The lanes of a stream."""
    lanes: int = value.type.lanes
    return lanes


def array_depth(streams: Sequence[ir.Value]) -> int:
    """The declared depth of an array of streams, which all have."""
    depth: int = streams[0].owner.depth.value
    return depth


def accumulator(op: Any) -> str:
    return cpp(op.accumulator.value)


class Offset(int):
    """Where a task begins: 0 is as good as any number, while of what it counts there is at least one."""


def sizes(op: Any, *names: str) -> list[int]:
    """Integer attributes of an op, by name."""
    return [Offset(getattr(op, name).value) if name == "offset" else getattr(op, name).value for name in names]


def rank(op: Any) -> int:
    return len(mem.ints(op.sizes))


def pattern(op: Any) -> list[int]:
    """``offset``, ``sizes`` and ``strides`` of an op: the numbers of hls_lib's pattern of addresses."""
    return [Offset(op.offset.value), *mem.ints(op.sizes), *mem.ints(op.strides)]


def flag(attribute: ir.Attribute) -> str:
    return "true" if attribute.value else "false"


def present(op: Any, *names: str) -> list[ir.Value]:
    """Those of the optional operands that an op has."""
    return [value for name in names if (value := getattr(op, name)) is not None]


def number(value: float) -> str:
    """A float32 literal: the shortest text that reads back as the same float32."""
    if math.isnan(value):
        return "std::numeric_limits<float>::quiet_NaN()"
    if math.isinf(value):
        return f"{'-' if value < 0 else ''}std::numeric_limits<float>::infinity()"
    text = str(np.float32(value))
    return text + ("f" if re.search(r"[.e]", text) else ".0f")
