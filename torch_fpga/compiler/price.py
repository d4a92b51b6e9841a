"""What a region would cost as a kernel: it is lowered as it stands, fused and with its channels, and judged.

Placement asks before there are regions. What was lowered for an answer is kept, so that the regions that remain are
lowered once.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable

import torch
from torch import fx

from torch_fpga.compiler.graph_text import graph_text
from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.one_image import Work, share
from torch_fpga.errors import FpgaError
from torch_fpga.passes.fx.at_sizes import at_sizes, hints_of
from torch_fpga.passes.fx.group import fused_work
from torch_fpga.passes.fx.price import RegionCost
from torch_fpga.report.design import DesignReport
from torch_fpga.targets.fpga import load_target
from torch_fpga.targets.kernel import KernelOptions

_MUCH = 1.01
"""Slower by more than this is another price."""


class Designs:
    """The designs of regions of one graph, by their nodes.

    Attributes:
        lowered: how many regions were lowered, or taken from the cache on disk.
    """

    def __init__(self, kernels: Kernels) -> None:
        self.kernels = kernels
        self._kernels: dict[frozenset[fx.Node], Lowered | None] = {}
        self.lowered = 0

    def kernel(self, nodes: Collection[fx.Node]) -> Lowered | None:
        """The kernel of a region, of sizes that vary for those of this call; None for one that cannot be lowered."""
        key = frozenset(nodes)
        if key not in self._kernels:
            self._kernels[key] = self._kernel(key)
        return self._kernels[key]

    def design(self, nodes: Collection[fx.Node]) -> DesignReport | None:
        """The judgement of that kernel."""
        kernel = self.kernel(nodes)
        return None if kernel is None else kernel.design

    def cost(self, nodes: Collection[fx.Node]) -> RegionCost:
        """What a region takes in its kernel: as it is judged; by the roofline where nothing can be lowered yet."""
        design = self.design(nodes)
        if design is None:
            return RegionCost(load_target(self.kernels.options.target).time_us(fused_work(list(nodes))))
        return RegionCost(design.microseconds, design.known)

    def correct(self, nodes: Collection[fx.Node], kernel: Lowered) -> bool:
        """Takes ``kernel`` for that of a region from now on; whether it is slower than the one so far."""
        before, self._kernels[frozenset(nodes)] = self.kernel(nodes), kernel
        return before is None or kernel.design.microseconds > before.design.microseconds * _MUCH

    def share_card(self, regions: Iterable[Collection[fx.Node]]) -> bool:
        """Gives each kernel of some regions less of the card where together they take too much of it.

        Whether any kernel became another one.
        """
        works: dict[str, Work] = {}
        for nodes in regions:
            kernel, region = self.kernel(nodes), region_of(nodes)
            text = None if kernel is None else graph_text(region)
            if kernel is None or text is None:
                continue
            calls = works[text].calls if text in works else 0
            works[text] = Work(kernel, calls + 1, functools.partial(self.kernels.priced, region))
        options = share(list(works.values()), self.kernels.options) if works else None
        if options is None:
            return False
        chosen = dict(zip(works, options, strict=True))
        self.kernels.chosen = {text: each for text, each in chosen.items() if each != self.kernels.options}
        self._kernels.clear()
        return True

    def smaller(self, nodes: Collection[fx.Node]) -> list[KernelOptions]:
        """By what the kernel of a region is lowered if not as if it had the card for itself; none or one."""
        options = self.kernels.options_of(region_of(nodes)) if self.kernels.chosen else self.kernels.options
        return [] if options == self.kernels.options else [options]

    def _kernel(self, nodes: frozenset[fx.Node]) -> Lowered | None:
        region = region_of(nodes)
        if hints := hints_of(region.graph.nodes):
            region = at_sizes(region, hints)
        takes = [node.meta.get("val") for node in region.graph.find_nodes(op="placeholder")]
        if not region.graph.output_node().args[0] or not all(isinstance(value, torch.Tensor) for value in takes):
            return None  # parts of a result that is made elsewhere: no work
        self.lowered += 1
        try:
            return self.kernels.priced(region)
        except FpgaError:  # said when the region is realised
            return None


def region_of(nodes: Collection[fx.Node]) -> fx.GraphModule:
    """Nodes of one graph as a graph of their own, which takes what they read and gives what others read of them."""
    whole = next(iter(nodes)).graph
    ordered = [node for node in whole.nodes if node in nodes]
    region = fx.Graph()
    new: dict[fx.Node, fx.Node] = {}
    for outer in (source for node in ordered for source in node.all_input_nodes):
        if outer not in nodes and outer not in new:
            new[outer] = region.placeholder(outer.name)
            new[outer].meta = dict(outer.meta)
    for node in ordered:
        new[node] = region.node_copy(node, new.__getitem__)
        new[node].meta = dict(node.meta)
    leaving = [node for node in ordered if any(user not in nodes for user in node.users)]
    given = [new[node] for node in leaving if isinstance(node.meta.get("val"), torch.Tensor)]
    region.output(given[0] if len(given) == 1 else tuple(given))  # as `split` does, so that both are one work
    return fx.GraphModule(whole.owning_module or torch.nn.Module(), region)
