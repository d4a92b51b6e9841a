"""The kernels of a graph, and what its FPGA regions are lowered by: the target, and less where they share a card."""

from __future__ import annotations

import dataclasses

import sympy
from torch import fx

from torch_fpga.compiler.graph_text import graph_text
from torch_fpga.compiler.lower_once import lowered_once
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.debug import Dump, Unseen
from torch_fpga.passes.fx.at_sizes import symbols_of
from torch_fpga.runtime.cache import Cache
from torch_fpga.targets.kernel import KernelOptions


@dataclasses.dataclass
class Kernels:
    """Lowers regions, those of equal work once.

    Attributes:
        cache: where what was lowered is kept.
        options: of a region that has the card for itself.
        chosen: those of regions that have less of it, by the text of their work.
        bounds: how large the symbolic sizes of the graph may become.
    """

    cache: Cache
    options: KernelOptions
    chosen: dict[str, KernelOptions] = dataclasses.field(default_factory=dict)
    bounds: dict[sympy.Symbol, int] = dataclasses.field(default_factory=dict)
    _priced: dict[str, Lowered] = dataclasses.field(default_factory=dict)
    _lowered: dict[str, Lowered] = dataclasses.field(default_factory=dict)

    def lower(self, graph: fx.GraphModule, region: str, dump: Dump) -> Lowered:
        """The kernel of a region, whose steps are shown under its name. Raises FpgaError if there is none."""
        bounds = {symbol: self.bounds[symbol] for symbol in symbols_of(graph.graph)}
        return lowered_once(graph, region, dump, self.cache, self.options_of(graph), self._lowered, bounds)

    def priced(self, graph: fx.GraphModule, options: KernelOptions | None = None) -> Lowered:
        """The same for its design alone: nothing is shown. ``options`` are tried in place of the chosen ones."""
        options = options or self.options_of(graph)
        return lowered_once(graph, "priced", Unseen(), self.cache, options, self._priced)

    def options_of(self, graph: fx.GraphModule) -> KernelOptions:
        """What a region is lowered by."""
        text = graph_text(graph) if self.chosen else None
        return self.options if text is None else self.chosen.get(text, self.options)
