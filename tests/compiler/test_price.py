"""A region is priced by the kernel that it would be: fused, and built once however often it is asked for."""

from __future__ import annotations

import pytest
import torch
from torch import fx

from tests.kernels import trace
from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.lower import lower
from torch_fpga.compiler.price import Designs, region_of
from torch_fpga.debug import Dump
from torch_fpga.runtime.cache import Cache
from torch_fpga.targets.kernel import kernel_options

U55C = kernel_options("u55c")


def search(keys: torch.Tensor, values: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    best, where = torch.topk(keys @ q, 4)
    return torch.softmax(best, 0) @ values[where]


@pytest.fixture
def nodes() -> dict[str, fx.Node]:
    graph = trace(search, torch.zeros(512, 64), torch.zeros(512, 32), torch.zeros(64))
    return {node.name: node for node in graph.graph.nodes if node.op == "call_function"}


@pytest.fixture
def prices(tmp_path) -> Designs:
    return Designs(Kernels(Cache(str(tmp_path)), U55C))


def test_the_price_of_a_whole_graph_is_the_judgement_of_its_kernel(nodes, prices) -> None:
    graph = next(iter(nodes.values())).graph.owning_module
    design = prices.design(nodes.values())
    assert design == lower(graph, "kernel", Dump(), U55C).design
    assert design.cycles > 0


def test_a_fused_region_costs_less_than_its_parts(nodes, prices) -> None:
    # Tasks of one phase run at once: what two take together is less than one after the other.
    first = prices.design([nodes[name] for name in ("mv", "topk", "getitem", "getitem_1")])
    rest = prices.design([node for name, node in nodes.items() if name not in ("mv", "topk", "getitem", "getitem_1")])
    assert prices.design(nodes.values()).cycles < first.cycles + rest.cycles


def test_equal_questions_are_answered_once(nodes, prices) -> None:
    assert prices.design([nodes["mv"]]) is prices.design({nodes["mv"]})
    assert prices.lowered == 1


def test_a_region_takes_what_it_reads_and_gives_what_others_read(nodes) -> None:
    region = region_of([nodes["topk"], nodes["getitem"], nodes["getitem_1"], nodes["_softmax"]])
    assert [node.name for node in region.graph.find_nodes(op="placeholder")] == ["mv"]
    (given,) = region.graph.output_node().args
    assert [node.name for node in given] == ["getitem_1", "_softmax"]
    values, weights = region(torch.arange(8.0))
    assert values.tolist() == [7, 6, 5, 4]
    torch.testing.assert_close(weights, torch.softmax(torch.tensor([7.0, 6, 5, 4]), 0))


def test_what_was_priced_is_not_lowered_again(nodes) -> None:
    alone = region_of([nodes["mv"]]).graph.output_node().args[0]
    assert isinstance(alone, fx.Node), "one result is no tuple, as in the graphs that split makes"


def test_parts_of_a_tuple_have_no_price_of_their_own(nodes, prices) -> None:
    assert prices.design([nodes["getitem"]]) is None
    assert prices.design([nodes["topk"]]) is None
    assert prices.lowered == 0


def test_sizes_that_vary_have_the_price_of_this_call(prices) -> None:
    def softmax(x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(x, -1)

    x = torch.ones(500, 40)
    (fixed,) = (node for node in trace(softmax, x).graph.nodes if node.op == "call_function")
    torch._dynamo.mark_dynamic(x, 0)
    (varies,) = (node for node in trace(softmax, x, dynamic=None).graph.nodes if node.op == "call_function")
    assert isinstance(varies.meta["val"].shape[0], torch.SymInt)
    assert prices.design([varies]).cycles == prices.design([fixed]).cycles > 0
