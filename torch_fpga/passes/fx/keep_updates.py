"""The update of an input from itself stays with the write: ``length += 1``, ``cache.roll(-1)``, a place in a cache.

What is computed of nothing but inputs that the graph writes into, and read by nothing but such writes, comes from the
GPU's memory and goes back there. A kernel between would bring it over the link twice, and be a launch of its own, for
less than one pass over it. The same holds of what puts new rows into an input: a kernel would give all of it back,
where the GPU writes the rows alone.
"""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.passes.fx.views import is_alias, writes, written_by
from torch_fpga.passes.fx.write_versions import CLONES, PUTS


def keep_updates(graph: fx.GraphModule) -> None:
    """Sets ``meta["updates"]`` on such nodes, to the name of the input."""
    written = {argument for node in graph.graph.nodes for argument in written_by(node) if argument.op == "placeholder"}
    puts = {
        put: write.args[0]
        for write in graph.graph.find_nodes(op="call_function", target=torch.ops.aten.copy_.default)
        for put in _puts(write)
    }
    for put, target in puts.items():
        put.meta["updates"] = target.name
    source: dict[fx.Node, fx.Node | None] = {}  # the input that a node is computed of, None where of numbers alone
    for node in graph.graph.nodes:
        inputs = node.all_input_nodes
        if node.op == "get_attr":
            source[node] = None
        elif node in written:
            source[node] = node
        elif node.op == "call_function" and not writes(node) and all(before in source for before in inputs):
            source[node] = next((found for before in inputs if (found := source[before]) is not None), None)
    for node in reversed(graph.graph.nodes):
        if node.op != "call_function" or node not in source or node in puts:
            continue
        if node.users and all(writes(user) or "updates" in user.meta for user in node.users):
            updated = source[node] or next(iter(node.users)).meta.get("updates")
            node.meta["updates"] = updated if isinstance(updated, str) else updated.name if updated else "an input"


def _puts(write: fx.Node) -> list[fx.Node]:
    """The operators that put something into what ``write`` writes into its input."""
    value, found = write.args[1], []
    while isinstance(value, fx.Node) and value.op == "call_function":
        if value.target in PUTS:
            found.append(value)
        if not (is_alias(value) or value.target in PUTS or value.target in CLONES):
            break
        value = value.args[1] if value.target is torch.ops.aten.copy.default else value.all_input_nodes[0]
    return found
