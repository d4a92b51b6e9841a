"""An MLIR context in which a whole compilation runs, one at a time.

Loading a Python-declared dialect is not thread-safe (it crashes the process), and neither is a handle to an op that a
C++ pass has deleted. Nor does MLIR bear an exception at any line, which Ctrl-C is: what it has registered halfway
cannot be registered again, and C++ that calls Python cannot always fail. So signals wait for each compilation.
"""

import contextlib
import threading
from collections.abc import Iterator

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ir, torch_dialect
from torch_fpga.dialects.signals import signals_deferred

_lock = threading.RLock()

# Beside torch's and ours: all that there are would take longer to load than any of our passes runs.
_DIALECTS = ("arith", "func", "irdl")


@contextlib.contextmanager
def context() -> Iterator[ir.Context]:
    """An MLIR context with the torch, mem and hls dialects loaded, entered, under the process-wide lock."""
    with _lock, signals_deferred(), ir.Context(_DIALECTS) as ctx, ir.Location.unknown():
        _find_modules(Mem.name, Hls.name)
        torch_dialect.register_dialect(ctx)
        Mem.load()
        Hls.load()
        yield ctx


def _find_modules(*dialects: str) -> None:
    """Shows MLIR the modules of our dialects.

    It looks for the module of a dialect whenever it meets one of its ops, until it has found it. In its own package
    alone it never would, and those failing imports take longer than all the rest of lowering.
    """
    elsewhere = ir._globals.dialect_search_modules
    ir._globals.dialect_search_modules = [mem.__package__]
    try:
        for dialect in dialects:
            ir._globals._check_dialect_module_loaded(dialect)
    finally:
        ir._globals.dialect_search_modules = elsewhere
