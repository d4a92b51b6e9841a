"""Whether the end of a graph is a given pattern.

``torch.fx``'s SubgraphMatcher finds patterns too, but takes any two constants for equal, lets no tensor be two inputs
of a pattern, and knows no operators whose operands may be exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import fx

aten = torch.ops.aten

_COMMUTE = frozenset({aten.mul.Tensor, aten.add.Tensor, aten.maximum.default, aten.minimum.default})


def match(pattern: fx.Graph, last: fx.Node, literals: bool = True) -> dict[fx.Node, Any] | None:
    """The nodes of ``pattern``, which gives one result, by those that they are in the graph of ``last``, its result.

    Placeholders stand for anything. Nobody outside may read what the pattern computes on the way, except what it makes
    of numbers alone. Without ``literals`` everything among the arguments that is no node may differ.
    """
    (result,) = pattern.output_node().all_input_nodes
    found = _Match(literals)
    if not found.node(result, last):
        return None
    inside = {have for want, have in found.bound.items() if want.op != "placeholder"}
    for node in inside - {last}:
        if node.all_input_nodes and any(user not in inside for user in node.users):
            return None
    return found.bound


class _Match:
    def __init__(self, literals: bool) -> None:
        self.literals = literals
        self.bound: dict[fx.Node, Any] = {}

    def node(self, want: fx.Node, have: Any) -> bool:
        if want in self.bound:
            known = self.bound[want]
            return known is have or (isinstance(have, float) and isinstance(known, float) and known == have)
        if want.op == "placeholder":
            self.bound[want] = have
            return True
        if not isinstance(have, fx.Node) or have.op != "call_function" or want.target is not have.target:
            return False
        for args in _orders(have):
            before = dict(self.bound)
            self.bound[want] = have
            if self.argument(want.args, args) and self.argument(want.kwargs, have.kwargs):
                return True
            self.bound = before
        return False

    def argument(self, want: Any, have: Any) -> bool:
        if isinstance(want, fx.Node):
            return self.node(want, have)
        if isinstance(want, (list, tuple)) and isinstance(have, (list, tuple)):
            if len(want) != len(have):
                return not self.literals and not _has_nodes(want)
            return all(map(self.argument, want, have))
        if isinstance(want, dict) and isinstance(have, dict):
            return want.keys() == have.keys() and all(self.argument(want[key], have[key]) for key in want)
        if isinstance(have, fx.Node):
            return False
        return not self.literals or (type(want) is type(have) and want == have)


def _orders(node: fx.Node) -> Iterator[tuple[Any, ...]]:
    yield node.args
    if node.target in _COMMUTE and len(node.args) == 2 and not node.kwargs:
        yield node.args[::-1]


def _has_nodes(argument: Any) -> bool:
    if isinstance(argument, (list, tuple)):
        return any(map(_has_nodes, argument))
    return isinstance(argument, fx.Node)
