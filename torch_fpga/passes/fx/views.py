"""Which nodes share memory with what they read, and which write into it, by the schemas of their operators."""

from __future__ import annotations

import operator

from torch import fx


def is_alias(node: fx.Node) -> bool:
    """Whether the result shares memory with the first input, by the operator's schema.

    A part of a tuple does if the tuple's parts do. What the table of ops has as a view is ``ops.is_view``.
    """
    if node.target is operator.getitem:
        return is_alias(node.all_input_nodes[0])
    returns = node.target._schema.returns if hasattr(node.target, "_schema") else ()
    return any(result.alias_info is not None and not result.alias_info.is_write for result in returns)


def base_of(node: fx.Node) -> fx.Node:
    """What ``node`` is a view of in the end; itself if it is none."""
    while is_alias(node):
        node = node.all_input_nodes[0]
    return node


def views_of(node: fx.Node) -> list[fx.Node]:
    """``node`` and all that is a view of it, directly or through another view."""
    found = [node]
    for view in found:
        found += [user for user in view.users if user.op == "call_function" and is_alias(user)]
    return found


def writes(node: fx.Node) -> bool:
    """Whether ``node`` writes into an argument."""
    schema = getattr(node.target, "_schema", None)
    return schema is not None and schema.is_mutable


def written_by(node: fx.Node) -> list[fx.Node]:
    """The arguments that ``node`` writes into."""
    written = []
    for i, argument in enumerate(node.target._schema.arguments) if writes(node) else ():
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = node.args[i] if i < len(node.args) else node.kwargs.get(argument.name)
            written += [v for v in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(v, fx.Node)]
    return written
