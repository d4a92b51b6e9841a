"""Writes a dense region as an ONNX file, so that other tools can open it."""

from __future__ import annotations

import contextlib
import copy
import io
from pathlib import Path

import torch
from torch import fx

from torch_fpga.debug import log
from torch_fpga.ops import plain, sizes_of


def save_onnx(graph: fx.GraphModule, path: Path) -> None:
    """Exports ``graph``. What ONNX cannot say is logged and leaves no file: a dump must not stop a compilation."""
    fakes = [node.meta["val"] for node in graph.graph.find_nodes(op="placeholder")]
    try:
        inputs = tuple(
            torch.zeros(sizes_of(f), dtype=f.dtype) if isinstance(f, torch.Tensor) else plain(f) for f in fakes
        )
        with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            program = torch.export.export(copy.deepcopy(graph), inputs, strict=False)
            torch.onnx.export(program, dynamo=True, verbose=False).save(path)  # type: ignore[union-attr]
    except Exception as error:  # the exporter raises what its many parts raise
        log.warning("no ONNX file for %s: %s", path.name, str(error).splitlines()[0] if str(error) else error)
