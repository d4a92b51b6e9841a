"""Composites: ops that a model writes out as several, each a plain PyTorch function in a file of its own.

Whatever file lies in this folder is read. Its ``COMPOSITES`` are found in graphs, placed as one op each, and taken
apart again for whoever runs them (docs/adding-an-op.md, "A composite").
"""

from __future__ import annotations

import importlib
import pkgutil

from torch_fpga.ops.composites.composite import Composite, Form
from torch_fpga.ops.row import Op

COMPOSITES: dict[str, Composite] = {
    composite.target: composite
    for file in sorted(pkgutil.iter_modules(__path__), key=lambda file: file.name)
    for composite in getattr(importlib.import_module(f"{__name__}.{file.name}"), "COMPOSITES", ())
}

ROWS: list[Op] = [composite.row for composite in COMPOSITES.values()]

__all__ = ["COMPOSITES", "ROWS", "Composite", "Form"]
