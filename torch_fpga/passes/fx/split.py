"""One graph to one submodule a region, called in the order of their stages."""

from __future__ import annotations

import dataclasses

import torch
from torch import fx
from torch.fx.passes.split_module import split_module

from torch_fpga.passes.fx.at_sizes import symbols_of


@dataclasses.dataclass
class RegionGraph:
    """A region as a graph of its own, whose placeholders and results carry ``meta["val"]``.

    Attributes:
        id: as placement calls it, e.g. ``fpga0``.
        device: ``gpu`` or ``fpga``.
        graph: the region's.
        node: its call in the linking graph.
        resident: numbers the tensors it takes that are parameters or buffers of the model.
    """

    id: str
    device: str
    graph: fx.GraphModule
    node: fx.Node
    resident: tuple[int, ...]

    @property
    def call(self) -> str:
        """The name by which the linking graph calls it."""
        return str(self.node.target)


def split(graph: fx.GraphModule) -> tuple[fx.GraphModule, list[RegionGraph]]:
    """Returns the linking graph, whose calls name the regions, and the graphs of the regions in order."""
    devices = {n.meta["region"]: n.meta["device"] for n in graph.graph.nodes if "region" in n.meta}
    stages = {n.meta["region"]: n.meta["stage"] for n in graph.graph.nodes if "region" in n.meta}
    for node in graph.graph.nodes:
        if "val" in node.meta:  # by this name split_module finds the symbols that a region needs beside its tensors
            node.meta["example_value"] = node.meta["val"]
    whole = split_module(graph, None, lambda node: node.meta["region"])  # type: ignore[arg-type]
    stays = graph.meta.get("resident", set())
    regions = []
    for node in whole.graph.find_nodes(op="call_module"):
        name = str(node.target).removeprefix("submod_")
        submodule = whole.get_submodule(str(node.target))
        assert isinstance(submodule, fx.GraphModule)
        _label_placeholders(submodule, node)
        if devices[name] == "fpga":
            _without_symbols(submodule, node)
        taken = zip(submodule.graph.find_nodes(op="placeholder"), node.args, strict=True)
        tensors = [arg for inner, arg in taken if isinstance(inner.meta["val"], torch.Tensor)]
        resident = [i for i, arg in enumerate(tensors) if isinstance(arg, fx.Node) and arg.name in stays]
        regions.append(RegionGraph(name, devices[name], submodule, node, tuple(resident)))
    regions.sort(key=lambda region: stages[region.id])
    _order(whole, regions)
    return whole, regions


def _label_placeholders(submodule: fx.GraphModule, call: fx.Node) -> None:
    """Names and fake values of what a region takes: split_module gives neither to the parts of a tuple."""
    for placeholder, argument in zip(submodule.graph.find_nodes(op="placeholder"), call.args, strict=True):
        assert isinstance(argument, fx.Node)
        if "val" not in placeholder.meta:
            placeholder.meta.update(argument.meta)
        placeholder.meta.setdefault("name", argument.meta.get("name", placeholder.name))


def _without_symbols(submodule: fx.GraphModule, call: fx.Node) -> None:
    """A kernel takes the symbols of its sizes. What split_module passes on beside them is the symbol of a place in
    memory (storage_offset)."""
    placeholders = submodule.graph.find_nodes(op="placeholder")
    sizes = symbols_of(submodule.graph)
    symbols = [_is_number(node) and not node.users and node.meta["val"].node.expr not in sizes for node in placeholders]
    call.args = tuple(argument for argument, symbol in zip(call.args, symbols, strict=True) if not symbol)
    for node, symbol in zip(placeholders, symbols, strict=True):
        if symbol:
            submodule.graph.erase_node(node)
    submodule.recompile()


def _is_number(node: fx.Node) -> bool:
    return isinstance(node.meta["val"], torch.SymInt)


def _order(whole: fx.GraphModule, regions: list[RegionGraph]) -> None:
    """Calls in stage order: a region that writes into a buffer stands after all that read what was there before."""
    output = whole.graph.output_node()
    for region in regions:
        for node in (region.node, *region.node.users):
            if node is not output and (node is region.node or node.op == "call_function"):
                output.prepend(node)
    whole.graph.lint()
    whole.recompile()
