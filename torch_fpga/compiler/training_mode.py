"""Operations that ``model.eval()`` would switch off: dropout, and norms that take their statistics from the batch."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx

from torch_fpga.compiler.source_lines import user_line


def training_mode(graph: fx.GraphModule) -> list[str]:
    """One sentence for the user if a Dynamo graph has such operations; none else."""
    found = [node for node in graph.graph.nodes if node.op == "call_function" and _trains(node)]
    if not found:
        return []
    names = ", ".join(dict.fromkeys(_name(node) for node in found))
    line = next((f" ({line})" for node in found if (line := user_line(node))), "")
    return [
        f"the model is in training mode: {names}{line} works as in training; for inference call `model.eval()` first"
    ]


def _trains(node: fx.Node) -> bool:
    given = _arguments(node)
    if given.get("p") == 0 or ("running_mean" in given and given["running_mean"] is None):
        return False  # does nothing, or would do the same after model.eval()
    if "training" in given:
        return given["training"] is True and given.get("dropout_p") != 0
    return given.get("use_input_stats") is True or given.get("dropout_p", 0) != 0


def _arguments(node: fx.Node) -> Mapping[str, Any]:
    """The arguments by name, defaults too; of a function that PyTorch has in C++ only what was given by name."""
    if getattr(torch.nn.functional, _name(node), None) is not node.target:
        return {}
    try:
        bound = inspect.signature(node.target).bind(*node.args, **node.kwargs)
    except (TypeError, ValueError):
        return node.kwargs
    bound.apply_defaults()
    return bound.arguments


def _name(node: fx.Node) -> str:
    return str(getattr(node.target, "__name__", node.target))
