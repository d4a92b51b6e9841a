"""Errors of compiling, stamped with the user's line: no site that raises one has to know it."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from torch import fx

from torch_fpga.compiler.source_lines import first_lines, user_line
from torch_fpga.errors import FpgaError
from torch_fpga.passes.fx.group import SuperNode


@contextlib.contextmanager
def stamped(region: fx.GraphModule | None = None) -> Iterator[None]:
    """Stamps an FpgaError that leaves the block with the op that was being worked on, and the user's line of it.

    That is the node, super-node or MLIR op that the innermost call was given; where there is none, an error of a
    ``region`` gets the lines of the region. Only arguments of calls count: a variable may be left over from a loop.
    """
    try:
        yield
    except FpgaError as error:
        op, source = next(_worked_on(error.__traceback__), ("", ""))
        if not source and region is not None:
            source = first_lines(user_line(node) for node in region.graph.nodes)
        error.stamp(op, source)
        raise


def _worked_on(trace: TracebackType | None) -> Iterator[tuple[str, str]]:
    """The ops and lines that calls were given, the innermost call first."""
    frames: list[FrameType] = []
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    for frame in reversed(frames):
        given = inspect.getargvalues(frame)
        for value in (given.locals.get(name) for name in given.args):
            op, source = _op_and_line(value)
            if source:
                yield op, source


def _op_and_line(value: Any) -> tuple[str, str]:
    if isinstance(value, fx.Node):
        return str(value.target), user_line(value)
    if isinstance(value, SuperNode):
        return next(((str(node.target), line) for node in value.nodes if (line := user_line(node))), ("", ""))
    mlir = sys.modules.get("torch_fpga.dialects.mlir")  # its import takes long, and there is no op without it
    if mlir is None:
        return "", ""
    with contextlib.suppress(RuntimeError):  # an op that is erased
        if isinstance(value, (mlir.ir.Operation, mlir.ir.OpView)):
            return value.operation.name.removeprefix("torch."), mlir.line_of(value.operation.location)
        if isinstance(value, mlir.ir.OpResult):
            return value.owner.name.removeprefix("torch."), mlir.line_of(value.location)
    return "", ""
