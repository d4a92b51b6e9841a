from __future__ import annotations

import copy
import math
from collections import Counter
from typing import Any

import pytest
import torch

import torch_fpga
from tests.agree import EMULATION
from tests.memory.retrieval import assert_found, padded, random_passages
from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory import BM25, STEPS


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def bm25(
    query: list[int], passages: list[list[int]], k1: float = 1.5, b: float = 0.75, idf: str = "lucene"
) -> list[float]:
    """Term by term and passage by passage."""
    mean = sum(map(len, passages)) / len(passages)
    scores = []
    for passage in passages:
        counts, score = Counter(passage), 0.0
        for term in query:
            having = sum(term in other for other in passages)
            if counts[term]:
                ratio = (len(passages) - having + 0.5) / (having + 0.5)
                weight = math.log(1 + ratio) if idf == "lucene" else math.log(ratio)
                f = counts[term]
                score += weight * f * (k1 + 1) / (f + k1 * (1 - b + b * len(passage) / mean))
        scores.append(score)
    return scores


@pytest.mark.parametrize(
    "options", [{}, {"b": 0.0}, {"k1": 1.2, "b": 0.0, "idf": "robertson"}, {"b": 1.0}, {"k1": 0.0}], ids=str
)
@pytest.mark.parametrize(("count", "length"), [(40, 12), (3, 300)])
def test_against_the_definition(options: dict[str, Any], count: int, length: int):
    passages, queries = random_passages(count, length, 30), [[0, 1, 1], [25, 3, 29], [7, -1, -1]]
    memory = BM25(50, length, 30, k=6, **options)
    for start in range(0, count, 16):
        memory.prepare(padded(passages[start : start + 16], length))
    found = memory(torch.tensor(queries))
    for i, query in enumerate(queries):
        assert_found(found, i, bm25([t for t in query if t >= 0], passages, **options), passages)


def test_defaults():
    memory = BM25(4, 3, 5)
    assert (memory.k1, memory.b, memory.idf, memory.k) == (1.5, 0.75, "lucene", 4)
    assert BM25(100, 3, 5).k == 64


def test_an_empty_memory_and_fewer_passages_than_k():
    memory, query = BM25(8, 4, 10, k=3), torch.tensor([[1, 2]])
    found = memory(query)
    assert not found.valid.any()
    assert (found.tokens == -1).all()
    passages = [[1, 5], [2, 2, 9, 4]]
    found = memory(query, padded(passages, 4))
    assert found.valid.tolist() == [[True, True, False]]
    assert_found(found, 0, bm25([1, 2], passages), passages)


def test_passages_of_no_tokens_and_queries_of_no_terms():
    memory, passages = BM25(8, 4, 10, k=2, b=1.0), [[], [3], []]
    memory.prepare(padded(passages, 4))
    assert_found(memory(torch.tensor([[3]])), 0, bm25([3], passages, b=1.0), passages)
    nothing = memory(torch.tensor([[-1, -1]]))
    assert nothing.scores.tolist() == [[0.0, 0.0]]
    assert memory(torch.empty(1, 0, dtype=torch.int64)).scores.tolist() == [[0.0, 0.0]]
    only = BM25(8, 4, 10)
    only.prepare(padded([[], []], 4))
    assert only(torch.tensor([[3]])).scores[0, :2].tolist() == [0.0, 0.0]


def test_terms_that_no_passage_can_have():
    memory = BM25(8, 4, 10, k=1)
    memory.prepare(padded([[9, 9], [1]], 4))
    assert memory(torch.tensor([[10, 2**40]])).scores.tolist() == [[0.0]]
    with pytest.raises(UserError, match="token 10 of a vocabulary of 10"):
        memory.prepare(padded([[10]], 4))
    assert memory.length == 2


def test_equal_passages():
    memory, passages = BM25(8, 4, 10, k=3), [[1, 2]] * 5
    memory.prepare(padded(passages, 4))
    assert_found(memory(torch.tensor([[2]])), 0, bm25([2], passages), passages)


@pytest.mark.parametrize("query", [torch.ones(2), torch.ones(1, 2)])
def test_a_query_that_is_none(query: torch.Tensor):
    with pytest.raises(UserError, match=r"it should be integers \[queries, terms\]"):
        BM25(8, 4, 10)(query)


def test_passages_of_another_length():
    with pytest.raises(UserError, match=r"tokens of shape \[1, 3\]; it should be \[passages, 4\]"):
        BM25(8, 4, 10).prepare(torch.zeros(1, 3, dtype=torch.int64))


def test_more_passages_than_there_is_room_for():
    memory, query = BM25(3, 2, 10, k=2), torch.tensor([[1]])
    memory.prepare(padded([[1], [2]], 2))
    before = memory(query)
    with pytest.raises(OutOfRangeError, match="2 entries do not fit: 2 of 3 are taken"):
        memory.prepare(padded([[1], [1]], 2))
    assert torch.equal(memory(query).scores, before.scores)
    memory.prepare(padded([[1]], 2))
    assert memory.length == 3


def test_an_index_is_kept_in_the_state_dict():
    memory, twin, query = BM25(8, 4, 10, k=2), BM25(8, 4, 10, k=2), torch.tensor([[3, 4]])
    memory.prepare(padded([[3], [4, 4], [5]], 4))
    twin.load_state_dict(memory.state_dict())
    assert all(map(torch.equal, twin(query), memory(query)))


def test_a_query_is_one_kernel_but_for_its_weights():
    memory = BM25(40, 12, 30, k=6)
    memory.prepare(padded(random_passages(37, 12, 30), 12))
    weights = memory.ask(torch.tensor([[3, 1, 4]]))
    options = {**EMULATION, "placement": "fpga"}
    search = torch.compile(
        lambda weights: memory.apply(weights, memory.retrieve(memory.relevancy(weights))),
        backend="fpga",
        options=options,
    )
    for got, want in zip(search(weights), memory(torch.tensor([[3, 1, 4]])), strict=True):
        torch.testing.assert_close(got, want)
    (graph,) = torch_fpga.last_report().graphs
    assert [region.steps for region in graph.on("fpga")] == [["relevancy", "retrieve", "apply"]]
    assert graph.fallbacks == []


@pytest.mark.usefixtures("no_builds")
def test_a_query_with_new_passages_is_one_graph_that_writes_as_eager_does():
    memory = BM25(40, 12, 30, k=6)
    memory.prepare(padded(random_passages(17, 12, 30), 12))
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    for _ in range(3):
        call = torch.randint(0, 30, (1, 3)), padded(random_passages(4, 12, 30), 12)
        assert all(torch.allclose(got, want) for got, want in zip(compiled(*call), twin(*call), strict=True))
    assert all(map(torch.equal, memory.buffers(), twin.buffers()))
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS)


@pytest.mark.slow
def test_compiled():
    """Which of passages with equal scores is found is free, so it is the definition that this is compared with."""
    memory, passages = BM25(40, 12, 30, k=6), []
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", options={**EMULATION, "placement": "fpga"})
    for _ in range(3):
        query, new = torch.randint(0, 30, (1, 3)), random_passages(8, 12, 30)
        passages += new
        assert_found(compiled(query, padded(new, 12)), 0, bm25(query[0].tolist(), passages), passages)
        twin.prepare(padded(new, 12))
    assert all(map(torch.equal, memory.buffers(), twin.buffers()))
    assert [graph.fallbacks for graph in torch_fpga.last_report().graphs] == [[]]
