"""Results that share memory in eager share it here: a view that is returned beside what it views is made of the result.

A kernel writes each of its results to memory of its own, so a write into one would not show in the other. Such a view,
and every view of an input that is returned, becomes a chain of its own that nothing else reads and that no kernel
makes: it is taken, on the host's side, of the tensor that really is returned or came in.
"""

from __future__ import annotations

from collections import Counter

from torch import fx

from torch_fpga.passes.fx.views import base_of, is_alias


def keep_aliases(graph: fx.GraphModule) -> None:
    """Rewrites in place; sets ``meta["returned_view"]`` on the views of such chains, to the name of what they view."""
    output = graph.graph.output_node()
    results = output.all_input_nodes
    shared = Counter(map(base_of, results))
    for result in results:
        base = base_of(result)
        if base is not result and (shared[base] > 1 or base.op == "placeholder"):
            with graph.graph.inserting_before(output):
                output.replace_input_with(result, _apart(graph, result, base))
    for node in reversed(graph.graph.nodes):
        if is_alias(node) and not node.users:
            graph.graph.erase_node(node)


def _apart(graph: fx.GraphModule, view: fx.Node, base: fx.Node) -> fx.Node:
    """A copy of the chain of views from ``base`` to ``view``."""
    source = view.all_input_nodes[0]
    above = source if source is base else _apart(graph, source, base)
    copy = graph.graph.node_copy(view, lambda node: above if node is source else node)
    copy.meta["returned_view"] = base.name
    return copy
