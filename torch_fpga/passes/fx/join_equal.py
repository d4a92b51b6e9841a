"""Makes what is equal once: a model may build the same mask in every layer, and placement would count each of them.

PyTorch's own elimination (torch._functorch) imports half of Inductor, which a warm start does not need.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from torch_fpga.ops import is_view


def join_equal(graph: fx.GraphModule) -> None:
    """Rewrites in place. What is returned stays apart: two results must not become one tensor."""
    returned = _returned(graph)
    seen: dict[Any, fx.Node] = {}
    for node in list(graph.graph.nodes):
        if node.op != "call_function" or node in returned or not _repeatable(node):
            continue
        key = (node.target, _plain(node.args), _plain(node.kwargs))
        first = seen.setdefault(key, node)
        if first is not node:
            node.replace_all_uses_with(first)
            graph.graph.erase_node(node)


def _returned(graph: fx.GraphModule) -> set[fx.Node]:
    """Results, and what they are views of."""
    found: set[fx.Node] = set()
    todo = list(graph.graph.output_node().all_input_nodes)
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += node.all_input_nodes if is_view(node) else []
    return found


def _repeatable(node: fx.Node) -> bool:
    """The same arguments give the same value: no random numbers, nothing written."""
    schema = getattr(node.target, "_schema", None)
    tags = getattr(node.target, "tags", ())
    return not (node.is_impure() or (schema and schema.is_mutable) or torch.Tag.nondeterministic_seeded in tags)


def _plain(value: Any) -> Any:
    """Arguments as something to hash; a 1, a 1.0 and a True are three things."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return tuple((key, _plain(item)) for key, item in sorted(value.items()))
    return value if isinstance(value, fx.Node) else (type(value), str(value))
