"""The one door to torch-mlir: every other file takes its MLIR from here.

Loading a Python-declared dialect is not thread-safe (it crashes the process), and neither is a handle to an op
that a C++ pass has deleted. So a whole compilation runs inside ``context()``, one at a time.

Nor does MLIR bear an exception at any line, which Ctrl-C is: what it has registered halfway cannot be registered
again, and C++ that calls Python cannot always fail. So signals wait, for the import and for each compilation.
"""

import contextlib
import re
import threading
from collections.abc import Iterator

from torch_fpga.errors import ToolError
from torch_fpga.signals import signals_deferred

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

__all__ = ["FxImporter", "PassManager", "arith", "context", "ext", "func", "ir", "source_of", "tensor_type"]

_lock = threading.RLock()

_ELEMENTS = {"si8": "i8", "ui8": "ui8", "si16": "i16", "si32": "i32", "si64": "i64", "i1": "i1"}
_VTENSOR = re.compile(r"!torch\.vtensor<\[(?P<sizes>[^\]]*)\],(?P<element>[\w.]+)>")


@contextlib.contextmanager
def context() -> Iterator[ir.Context]:
    """An MLIR context with the torch, mem and hls dialects loaded, entered, under the process-wide lock."""
    from torch_fpga.dialects.hls import Hls
    from torch_fpga.dialects.mem import Mem

    with _lock, signals_deferred(), ir.Context() as ctx, ir.Location.unknown():
        _find_modules(Mem.name, Hls.name)
        torch_dialect.register_dialect(ctx)
        Mem.load()
        Hls.load()
        yield ctx


def _find_modules(*dialects: str) -> None:
    """Shows MLIR the modules of our dialects, which lie in this package.

    It looks for the module of a dialect whenever it meets one of its ops, until it has found it. In its own package
    alone it never would, and those failing imports take longer than all the rest of lowering.
    """
    elsewhere = ir._globals.dialect_search_modules
    ir._globals.dialect_search_modules = [__package__]
    try:
        for dialect in dialects:
            ir._globals._check_dialect_module_loaded(dialect)
    finally:
        ir._globals.dialect_search_modules = elsewhere


def tensor_type(torch_type: ir.Type) -> ir.RankedTensorType | None:
    """``!torch.vtensor<[4,6],f32>`` as ``tensor<4x6xf32>``; None if it is no tensor, or a size is not static."""
    match = _VTENSOR.fullmatch(str(torch_type))
    if not match or "?" in match["sizes"]:
        return None
    sizes = [int(size) for size in match["sizes"].split(",") if size]
    return ir.RankedTensorType.get(sizes, ir.Type.parse(_ELEMENTS.get(match["element"], match["element"])))


def source_of(location: ir.Location) -> str:
    """The user's line an op came from, as ``file.py:12``; empty if it is not known."""
    found = re.findall(r'"([^"]+)":(\d+)', str(location))
    return f"{found[0][0]}:{found[0][1]}" if found else ""
