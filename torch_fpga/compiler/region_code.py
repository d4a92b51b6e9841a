"""A compiled graph in a form that can be cached: all that another process needs to run its regions and link them."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable, Mapping
from types import MethodType, SimpleNamespace
from typing import Any

import torch
from torch import fx
from torch.fx._lazy_graph_module import _LazyGraphModule

from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.strides import strides_of, with_strides, without_strides
from torch_fpga.passes.fx.at_sizes import symbols_given, symbols_of
from torch_fpga.passes.fx.split import RegionGraph

Compiled = Callable[..., Any]
"""Takes the tensors and numbers of a graph's placeholders, gives what its output node names."""


class EagerGraph:
    """A graph as eager PyTorch runs it. Pickles without what was noted at its nodes; parsed again only if called."""

    def __init__(self, graph: fx.GraphModule) -> None:
        self._graph: fx.GraphModule | None = graph
        self._pickled = b""
        self.strides = strides_of(graph)

    @property
    def forward(self) -> Compiled:
        """The graph as a function, whose results lie as they were captured.

        Changes the graph: a view that the strides inside it do not allow becomes a copy.
        """
        if self._graph is None:
            self._graph = pickle.loads(self._pickled)
        without_strides(self._graph)
        run = forward_of(self._graph)
        if isinstance(self._graph.graph.output_node().args[0], (tuple, list)):
            return with_strides(run, self.strides)
        return lambda *tensors: self.strides[0].applied(run(*tensors))

    def __getstate__(self) -> dict[str, Any]:
        pickled = self._pickled
        if self._graph is not None:
            bare = fx.GraphModule(self._graph, self._graph.graph)
            bare.meta = {}  # of fake tensors and of the whole model
            pickled = pickle.dumps(bare)
        return {"_graph": None, "_pickled": pickled, "strides": self.strides}


@dataclasses.dataclass
class RegionCode:
    """A region as code: all that runs it, and nothing of the graph it was cut from.

    Attributes:
        id: as in the report, e.g. ``fpga0``.
        device: ``gpu`` or ``fpga``.
        call: the name by which the linking calls it.
        graph: what runs where the region was not compiled.
        single: it gives one tensor, not a tuple.
        resident: numbers the tensors it takes that are parameters or buffers of the model.
        sizes: the places among its arguments of the symbolic sizes in its tensors, and what the user calls them.
        kernel: of an FPGA region, as it was lowered; None where that failed.
        dense: of a dense region, what Inductor made of it; None where that cannot be cached, or it runs in eager.
    """

    id: str
    device: str
    call: str
    graph: EagerGraph
    single: bool
    resident: tuple[int, ...]
    sizes: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    kernel: Lowered | None = None
    dense: bytes | None = None


def code_of(region: RegionGraph, names: Mapping[str, str]) -> RegionCode:
    """The code of a region, nothing compiled yet; ``names`` is what the user calls its symbols."""
    places = symbols_given(region.graph)
    symbols = [symbol for symbol in symbols_of(region.graph.graph) if symbol in places]
    sizes = [(places[symbol], names.get(symbol.name, symbol.name)) for symbol in symbols]
    single = not isinstance(region.graph.graph.output_node().args[0], (tuple, list))
    return RegionCode(region.id, region.device, region.call, EagerGraph(region.graph), single, region.resident, sizes)


def forward_of(graph: fx.GraphModule) -> Compiled:
    """The generated function of a graph."""
    _LazyGraphModule.force_recompile(graph)  # else every call goes through two module calls more
    forward: Compiled = graph.forward
    return forward


@dataclasses.dataclass
class Linking:
    """The function that calls the regions one after the other and drops every value after its last use.

    ``constants`` are the tensors that the user's code made of numbers.
    """

    code: str
    constants: dict[str, Any]

    def function(self, runs: Mapping[str, Compiled]) -> Compiled:
        """It, calling ``runs``. Plain functions, not submodules: no module call on the way of every launch."""
        namespace: dict[str, Any] = {"torch": torch}
        exec(self.code, namespace)
        function: Compiled = MethodType(namespace["forward"], SimpleNamespace(**runs, **self.constants))
        return function


def linking_of(whole: fx.GraphModule) -> Linking:
    """The linking of the graph that ``split`` returns."""
    constants = {str(node.target): getattr(whole, str(node.target)) for node in whole.graph.find_nodes(op="get_attr")}
    return Linking(whole.graph.python_code("self").src, constants)
