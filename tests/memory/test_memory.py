"""What every memory has of ``Memory``: its state, its steps' names on a graph, and what it refuses."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import torch_fpga
from tests.agree import EMULATION
from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory import STEPS, Memory, Selection, step
from torch_fpga.memory.selection import best


class Rows(Memory):
    """The plainest memory: rows, their dot products with a query, the best two, summed."""

    rows: Tensor

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, persistent=True)
        self.hold("rows", (capacity, 4), torch.float32, None)

    def check(self, query: Tensor) -> None:
        if query.shape[-1] != 4:
            raise UserError("another width")

    def prepare(self, rows: Tensor) -> None:
        self.rows.index_copy_(0, self.places(len(rows)), rows)
        self.length += len(rows)

    def relevancy(self, query: Tensor) -> Tensor:
        there = torch.arange(self.capacity) < self.length
        return (self.rows @ query).masked_fill(~there, -torch.inf)

    def retrieve(self, scores: Tensor) -> Selection:
        return best(scores, 2)

    def apply(self, query: Tensor, selection: Selection) -> Tensor:
        return (self.rows[selection.indices] * selection.valid[:, None]).sum(0)


def _search(query: Tensor, rows: Tensor) -> Tensor:
    """The same by hand."""
    with step("relevancy"):
        scores = rows @ query
    with step("retrieve"):
        chosen = scores.topk(2).indices
    with step("apply"):
        return rows[chosen].sum(0)


@pytest.mark.usefixtures("no_builds")
def test_the_steps_are_named_in_the_report():
    memory = torch.compile(Rows(8), backend="fpga", fullgraph=True, options={**EMULATION, "placement": "fpga"})
    with torch.no_grad():
        memory(torch.randn(4), torch.randn(3, 4))
    report = torch_fpga.last_report()
    assert report is not None
    (graph,) = report.graphs
    named = {node.op.split(".")[1]: node.step for node in graph.nodes if node.op.startswith(("aten", "torch_fpga"))}
    wanted = {"copy_": "prepare", "mv": "relevancy", "topk": "retrieve", "index": "apply", "sum": "apply"}
    assert {op: named[op] for op in wanted} == wanted
    assert "" not in named.values()
    assert {name for region in graph.regions for name in region.steps} == set(STEPS)


def test_the_steps_of_a_function_written_by_hand_are_named_too():
    (graph,) = torch_fpga.explain(_search, torch.randn(4), torch.randn(8, 4), placement="fpga").graphs
    (region,) = graph.on("fpga")
    assert region.steps == ["relevancy", "retrieve", "apply"]
    assert "memory: relevancy, retrieve, apply" in str(torch_fpga.explain(_search, torch.randn(4), torch.randn(8, 4)))


def test_a_step_that_is_none():
    with pytest.raises(UserError, match=r"'search' is no step.*\n.*prepare, relevancy, retrieve, apply"):
        step("search")


def test_entries_are_appended_until_the_memory_is_full_and_none_is_lost():
    memory, rows = Rows(4), torch.randn(4, 4)
    memory.prepare(rows[:1])
    memory.prepare(rows[1:3])
    with pytest.raises(OutOfRangeError, match="2 entries do not fit: 3 of 4 are taken"):
        memory.prepare(torch.randn(2, 4))
    assert memory.length == 3
    memory.prepare(rows[3:])
    assert torch.equal(memory.rows, rows)
    memory.reset()
    assert memory.length == 0
    assert not memory.rows.any()


def test_no_entries_are_no_change():
    memory = Rows(4)
    memory.prepare(torch.empty(0, 4))
    assert memory.length == 0


def test_a_refused_query_leaves_the_memory_as_it_was():
    memory = Rows(4)
    with pytest.raises(UserError, match="another width"):
        memory(torch.randn(5), torch.randn(1, 4))
    assert memory.length == 0


def test_a_memory_without_room():
    with pytest.raises(UserError, match="holds nothing"):
        Rows(0)


def test_what_persists_is_in_the_state_dict():
    memory, twin = Rows(4), Rows(4)
    memory.prepare(torch.ones(2, 4))
    twin.load_state_dict(memory.state_dict())
    assert twin.length == 2
    assert torch.equal(twin.rows, memory.rows)


def test_a_memory_in_a_model_does_not_hide_modules_own_apply():
    seen: list[str] = []
    nn.Sequential(nn.Linear(2, 2), Rows(4)).apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "Rows", "Sequential"]


def test_the_best_of_fewer_than_k_of_equal_and_of_no_numbers():
    chosen = best(torch.tensor([[1.0, 1.0, -torch.inf], [torch.nan, 5.0, 3.0]]), 2)
    assert chosen.valid.all()
    assert sorted(chosen.indices[0].tolist()) == [0, 1]
    assert sorted(chosen.indices[1].tolist()) == [0, 1]
    assert not best(torch.full((3,), -torch.inf), 2).valid.any()
    assert best(torch.zeros(3), 7).indices.shape == (3,)
