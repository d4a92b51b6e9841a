"""Gives graph inputs the names the user knows: ``L_self_buffers_index_`` is ``index``."""

from __future__ import annotations

import re

from torch import fx

_PREFIX = re.compile(r"^(l_|self_|modules_|buffers_|parameters_|args_|kwargs_)+")


def name_inputs(graph: fx.GraphModule, dynamo_names: list[str]) -> None:
    """Sets ``meta["name"]`` of the placeholders. Without a name for each of them, they keep their own."""
    placeholders = graph.graph.find_nodes(op="placeholder")
    if len(placeholders) != len(dynamo_names):
        dynamo_names = [node.name for node in placeholders]
    for node, name in zip(placeholders, dynamo_names, strict=True):
        node.meta["name"] = input_name(name)


def input_name(dynamo_name: str) -> str:
    """``L_self_buffers_index_`` as ``index``."""
    return _PREFIX.sub("", dynamo_name.lower()).strip("_") or dynamo_name.strip("_")
