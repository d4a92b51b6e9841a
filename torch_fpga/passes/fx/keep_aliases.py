"""Results that share memory in eager share it here: a view that is returned beside what it views is made of the result.

A kernel writes each of its results to memory of its own, so a write into one would not show in the other. Such a view,
and every view of an input that is returned, becomes a chain of its own that nothing else reads and that no kernel
makes: it is taken, on the host's side, of the tensor that really is returned or came in.
"""

from __future__ import annotations

import operator
from collections import Counter

from torch import fx


def keep_aliases(graph: fx.GraphModule) -> None:
    """Rewrites in place; sets ``meta["returned_view"]`` on the views of such chains, to the name of what they view."""
    output = graph.graph.output_node()
    results = output.all_input_nodes
    shared = Counter(map(_base, results))
    for result in results:
        base = _base(result)
        if base is not result and (shared[base] > 1 or base.op == "placeholder"):
            with graph.graph.inserting_before(output):
                output.replace_input_with(result, _apart(graph, result, base))
    for node in reversed(graph.graph.nodes):
        if _is_view(node) and not node.users:
            graph.graph.erase_node(node)


def _base(node: fx.Node) -> fx.Node:
    """What ``node`` is a view of in the end; itself if it is none."""
    while _is_view(node):
        node = node.all_input_nodes[0]
    return node


def _is_view(node: fx.Node) -> bool:
    """By its schema; a part of a tuple is one if the tuple's parts are."""
    if node.target is operator.getitem:
        return _is_view(node.all_input_nodes[0])
    returns = node.target._schema.returns if hasattr(node.target, "_schema") else ()
    return any(result.alias_info is not None and not result.alias_info.is_write for result in returns)


def _apart(graph: fx.GraphModule, view: fx.Node, base: fx.Node) -> fx.Node:
    """A copy of the chain of views from ``base`` to ``view``."""
    source = view.all_input_nodes[0]
    above = source if source is base else _apart(graph, source, base)
    copy = graph.graph.node_copy(view, lambda node: above if node is source else node)
    copy.meta["returned_view"] = base.name
    return copy
