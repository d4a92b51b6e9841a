"""A small compilation, run in processes that have imported PyTorch and nothing of MLIR.

They are forked from one that has done so: PyTorch takes longer to import than all the rest of what they do.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import traceback
from pathlib import Path

import torch
from torch.fx.experimental.proxy_tensor import make_fx

from torch_fpga.debug import Dump
from torch_fpga.targets.kernel import kernel_options

graph = make_fx(lambda x: ((x @ x.t() + 1).cumsum(-1).topk(2)[0],), tracing_mode="fake")(torch.ones(4, 8))


def lower() -> str:
    from torch_fpga.compiler.lower import lower

    return lower(graph, "kernel", Dump(), kernel_options("u55c")).source


def script(code: str, folder: Path, *arguments: str) -> str:
    """What ``code`` prints in such a process, where ``sys.argv[1:]`` are the arguments; it must end well."""
    printed = folder / "printed"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_run, args=(code, arguments, printed))
    process.start()
    process.join(120)
    process.kill()  # one that hangs
    assert process.exitcode == 0, f"exit status {process.exitcode}\n{printed.read_text()[-3000:]}"
    return printed.read_text()


def _run(code: str, arguments: tuple[str, ...], printed: Path) -> None:
    assert "torch_mlir" not in sys.modules
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[1:] = arguments
    with printed.open("w", buffering=1) as file, contextlib.redirect_stdout(file):
        try:
            exec(code, {"signal": signal, "sys": sys, "torch": torch, "graph": graph, "lower": lower})
        except BaseException:
            traceback.print_exc(file=file)
            os._exit(1)
