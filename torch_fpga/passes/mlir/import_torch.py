"""FX submodule to MLIR's ``torch`` dialect, by torch-mlir. Decides nothing.

The raw dialect keeps every ATen op whole; torch-mlir's own pipelines would turn a top-k into a full sort. Tensor types
there carry neither strides nor names, so each argument brings its name, and its strides unless it is contiguous.
"""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.dialects.mem import i64s
from torch_fpga.dialects.mlir import FxImporter, func, ir

STRIDES = "fpga.strides"
NAME = "fpga.name"


def import_torch(graph: fx.GraphModule, name: str) -> ir.Module:
    """Imports ``graph`` (static shapes, ATen ops) as the only function, ``name``, of a new module."""
    importer = FxImporter(context=ir.Context.current)
    importer.import_graph_module(graph, func_name=name)
    function = next(op for op in importer.module.body.operations if isinstance(op, func.FuncOp))
    placeholders = [node for node in graph.graph.nodes if node.op == "placeholder"]
    attributes = []
    for node in placeholders:
        value = node.meta["val"]
        plain = not isinstance(value, torch.Tensor) or value.is_contiguous()
        known = {NAME: ir.StringAttr.get(node.meta.get("name", node.name))}
        attributes.append(ir.DictAttr.get(known if plain else {**known, STRIDES: i64s(list(value.stride()))}))
    function.arg_attrs = ir.ArrayAttr.get(attributes)
    return importer.module
