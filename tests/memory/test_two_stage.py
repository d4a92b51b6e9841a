from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor

import torch_fpga
from tests.agree import EMULATION, differences
from tests.memory.retrieval import assert_found, padded, random_passages
from tests.memory.test_bm25 import bm25
from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory import STEPS, TwoStage
from torch_fpga.memory.two_stage import TwoStageQuery


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def _alike(query: Tensor, vectors: Tensor) -> float:
    """Vector by vector; -inf for no vectors."""
    total = 0.0
    for q in query:
        total += max([float(q @ v / (q.norm() * v.norm())) for v in vectors], default=-torch.inf)
    return total


def _memory(maxsim: bool, **options: Any) -> TwoStage:
    return TwoStage(36, 6, 20, 8, maxsim=maxsim, **options)


def _entries(count: int, maxsim: bool) -> tuple[list[list[int]], Tensor, Tensor]:
    passages = random_passages(count, 6, 20)
    return passages, padded(passages, 6), torch.randn(count, 6 if maxsim else 1, 8)


@pytest.mark.parametrize("maxsim", [False, True])
@pytest.mark.parametrize(("candidates", "k"), [(9, 3), (4, 4), (40, 40)])
def test_against_the_definition(maxsim: bool, candidates: int, k: int):
    passages, tokens, vectors = _entries(30, maxsim)
    terms, query = [[1, 2], [15, 0]], torch.randn(2, 3 if maxsim else 1, 8)
    memory = _memory(maxsim, candidates=candidates, k=k)
    memory.prepare(tokens[:10], vectors[:10])
    found = memory((torch.tensor(terms), query), tokens[10:], vectors[10:])
    for i in range(2):
        first = bm25(terms[i], passages)
        # Which of equal candidates the first stage takes is free; what it leaves is no better.
        chosen = memory.retrieve(memory.relevancy(memory.ask(TwoStageQuery(torch.tensor(terms), query))))
        candidate = set(chosen.indices[i, chosen.valid[i]].tolist())
        assert len(candidate) == min(candidates, 30)
        assert min(first[n] for n in candidate) >= max((first[n] for n in range(30) if n not in candidate), default=0)
        like = [_alike(query[i], vectors[n, : len(passages[n])] if maxsim else vectors[n]) for n in range(30)]
        scores = [like[n] if n in candidate else -torch.inf for n in range(30)]
        assert_found(found, i, scores, passages)


def test_defaults():
    memory = TwoStage(100, 6, 20, 8)
    assert (memory.candidates, memory.k, memory.k1, memory.b) == (64, 8, 1.5, 0.75)


def test_an_empty_memory_and_one_passage():
    memory, query = _memory(False, k=3), (torch.tensor([[1]]), torch.randn(1, 1, 8))
    assert not memory(query).valid.any()
    found = memory(query, padded([[4]], 6), torch.randn(1, 1, 8))
    assert found.valid.tolist() == [[True, False, False]]


def test_a_passage_without_tokens_is_like_nothing_by_maxsim():
    memory, query = _memory(True, k=2), (torch.tensor([[1]]), torch.randn(1, 2, 8))
    found = memory(query, padded([[], [3]], 6), torch.randn(2, 6, 8))
    assert found.indices[0, 0] == 1
    assert found.valid.tolist() == [[True, False]]


def test_queries_and_vectors_of_another_width():
    memory, tokens = _memory(False), padded([[1]], 6)
    with pytest.raises(UserError, match=r"vectors of shape \[1, 1, 7\]; it should be \[1, any, 8\]"):
        memory((torch.tensor([[1]]), torch.randn(1, 1, 7)), tokens, torch.randn(1, 1, 8))
    with pytest.raises(UserError, match=r"vectors of shape \[1, 6, 8\]; it should be \[1, 1, 8\]"):
        memory.prepare(tokens, torch.randn(1, 6, 8))
    assert memory.length == 0


def test_more_passages_than_there_is_room_for():
    memory = _memory(False)
    memory.prepare(*_entries(35, False)[1:])
    with pytest.raises(OutOfRangeError, match="2 entries do not fit: 35 of 36 are taken"):
        memory.prepare(*_entries(2, False)[1:])
    assert memory.length == 35


@pytest.mark.usefixtures("no_builds")
def test_a_query_with_new_passages_is_one_graph_that_writes_as_eager_does():
    memory = _memory(True, k=4)
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    with torch.no_grad():
        for _ in range(3):
            call = (torch.randint(0, 20, (2, 3)), torch.randn(2, 2, 8)), *_entries(3, True)[1:]
            assert all(torch.allclose(got, want) for got, want in zip(compiled(*call), twin(*call), strict=True))
    assert all(map(torch.allclose, memory.buffers(), twin.buffers()))
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("maxsim", [False, True])
def test_compiled(maxsim: bool):
    memory = _memory(maxsim, k=4, candidates=30)  # all: which of equal ones BM25 takes is free
    queries = [(torch.randint(0, 20, (1, 3)), torch.randn(1, 2 if maxsim else 1, 8)) for _ in range(3)]
    memory.prepare(*_entries(30, maxsim)[1:])
    assert differences(memory, [(query,) for query in queries], {"placement": "fpga"}) == []
