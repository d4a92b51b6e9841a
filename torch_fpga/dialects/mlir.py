"""The one door to torch-mlir: every other file takes its MLIR from here.

An import that is interrupted halfway cannot be repeated, so signals wait for it.
"""

import linecache
import re

from torch_fpga.dialects.signals import signals_deferred
from torch_fpga.element_types import BY_TORCH_MLIR
from torch_fpga.errors import ToolError

try:
    with signals_deferred():
        from torch_mlir import ir
        from torch_mlir.dialects import arith, ext, func
        from torch_mlir.dialects import torch as torch_dialect
        from torch_mlir.fx import FxImporter
        from torch_mlir.passmanager import PassManager
except Exception as error:  # C++ raises what it likes
    raise ToolError(
        f"torch-mlir cannot be imported: {error}",
        code="no-mlir",
        hint="start the process anew, for an import of it that failed halfway cannot be repeated; if this stays,"
        " install torch_fpga again",
    ) from error

__all__ = [
    "FxImporter",
    "PassManager",
    "arith",
    "ext",
    "func",
    "ir",
    "line_of",
    "source_of",
    "tensor_type",
    "torch_dialect",
]

_VTENSOR = re.compile(r"!torch\.vtensor<\[(?P<sizes>[^\]]*)\],(?P<element>[\w.]+)>")


def tensor_type(torch_type: ir.Type) -> ir.RankedTensorType | None:
    """``!torch.vtensor<[4,6],f32>`` as ``tensor<4x6xf32>``; None if it is no tensor, or a size is not static."""
    match = _VTENSOR.fullmatch(str(torch_type))
    if not match or "?" in match["sizes"]:
        return None
    sizes = [int(size) for size in match["sizes"].split(",") if size]
    known = BY_TORCH_MLIR.get(match["element"])
    return ir.RankedTensorType.get(sizes, ir.Type.parse(known.mlir if known else match["element"]))


def source_of(location: ir.Location) -> str:
    """The user's line an op came from, as ``file.py:12``; empty if it is not known."""
    found = re.findall(r'"([^"]+)":(\d+)', str(location))
    return f"{found[0][0]}:{found[0][1]}" if found else ""


def line_of(location: ir.Location) -> str:
    """The user's line an op came from, as ``file.py:12: scores.topk(4)``; empty if it is not known."""
    file, _, number = source_of(location).rpartition(":")
    text = linecache.getline(file, int(number)).strip() if file else ""
    return f"{file.rpartition('/')[2]}:{number}" + (f": {text}" if text else "") if file else ""
