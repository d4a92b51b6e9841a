"""A dataflow body may hold declarations and calls alone, whose arguments are scalars, streams and pointers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir
from torch_fpga.lint.design import Design
from torch_fpga.lint.limits import Limits
from torch_fpga.report.finding import Finding

_SCALAR = re.compile(r"-?[\d.]+(e[+-]?\d+)?f?|true|false|-?std::numeric_limits<\w+>::\w+\(\)")


def canonical_body(design: Design, limits: Limits) -> Iterator[Finding]:
    """An aggregate that is passed by value leaves stores in the body, and HLS gives dataflow up (214-169)."""
    for node in design.nodes:
        for argument in node.task.arguments(node.op):
            if not _canonical(argument):
                yield Finding(
                    "canonical-body",
                    "error",
                    (node.label,),
                    node.source,
                    f"{str(argument).partition('{')[0]} is passed to {node.task.template} by value",
                    "an aggregate is built in memory in front of the call, so that the body of the dataflow region is"
                    " not canonical and its tasks may run one after the other (AMD UG1399, message 214-169)",
                    "pass its numbers as scalars, or as template parameters",
                )


def _canonical(argument: Any) -> bool:
    """Whether an argument is a stream, an array of streams (which goes by reference), a pointer or a scalar."""
    if isinstance(argument, list):
        return all(isinstance(stream.type, hls.Fifo) for stream in argument)
    return isinstance(argument, (ir.Value, int, float)) or bool(_SCALAR.fullmatch(str(argument)))
