"""How large a symbolic size may become: what a kernel is made for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy
import torch
from torch import fx

from torch_fpga.compiler.frame import Frame
from torch_fpga.passes.fx.at_sizes import hints_of, symbols_of

ROOM = 4
"""Where nobody says how large a size may become, so many times the first one."""

_ENDLESS = 1 << 30


def bounds_of(graph: fx.Graph, frame: Frame, declared: Mapping[str, int] | int | None) -> dict[sympy.Symbol, int]:
    """A bound for each symbol of a graph: the first of these that there is.

    What the user declared for it by its name in the report, or for all; the range that PyTorch knows, as
    ``mark_dynamic(x, 0, max=4096)`` gives it; the longest text that the model is for; ``ROOM`` times what it is now.
    """
    hints, ranges = hints_of(graph.nodes), _ranges(graph.nodes)
    bounds = {}
    for symbol in symbols_of(graph):
        now, name = hints[symbol], frame.symbols.get(symbol.name, symbol.name)
        said = declared if isinstance(declared, int) else (declared or {}).get(name)
        longest = frame.longest if frame.longest is not None and frame.longest >= now else None
        known = (said, ranges.get(symbol), longest, ROOM * now)
        bounds[symbol] = next(bound for bound in known if bound is not None)
    return bounds


def _ranges(nodes: Iterable[fx.Node]) -> dict[sympy.Symbol, int]:
    """The upper ends of the symbols' ranges, where they have one."""
    for node in nodes:
        value = node.meta.get("val")
        if isinstance(value, torch.SymInt):
            ranges = value.node.shape_env.var_to_range
            return {symbol: int(r.upper) for symbol, r in ranges.items() if r.upper < _ENDLESS}
    return {}
