from __future__ import annotations

import copy

import pytest
import torch

import torch_fpga
from tests.agree import EMULATION, differences
from tests.memory.retrieval import assert_found, padded, random_passages
from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory import STEPS, DenseRetrieval


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("count", [1, 4, 30])
def test_against_the_definition(normalize: bool, count: int):
    passages, vectors, queries = random_passages(count, 6, 50), torch.randn(count, 8), torch.randn(3, 8)
    memory = DenseRetrieval(32, 6, 8, k=5, normalize=normalize)
    memory.prepare(padded(passages[:3], 6), vectors[:3])
    found = memory(queries, padded(passages[3:], 6), vectors[3:])
    for i, query in enumerate(queries):
        scores = []
        for vector in vectors:
            length = float(query.norm() * vector.norm()) if normalize else 1.0
            scores.append(sum(float(a * b) for a, b in zip(query, vector, strict=True)) / length)
        assert_found(found, i, scores, passages)


def test_half_precision():
    memory, vectors = DenseRetrieval(8, 1, 4, k=2, dtype=torch.bfloat16), torch.eye(4)
    memory.prepare(padded([[1], [2], [3], [4]], 1), vectors)
    found = memory(torch.tensor([[0.0, 3.0, 4.0, 0.0]]))
    torch.testing.assert_close(found.scores, torch.tensor([[0.8, 0.6]]), atol=1e-2, rtol=1e-2)
    assert found.tokens.tolist() == [[[3], [2]]]


def test_an_empty_memory_and_equal_scores():
    memory, query = DenseRetrieval(8, 2, 4, k=3), torch.ones(1, 4)
    assert not memory(query).valid.any()
    memory.prepare(padded([[1], [2], [3], [4]], 2), torch.ones(4, 4))
    found = memory(query)
    assert found.valid.all()
    assert len(set(found.indices[0].tolist())) == 3
    torch.testing.assert_close(found.scores, torch.ones(1, 3))


def test_a_vector_of_no_number_is_found_first_and_one_of_no_length_is_like_nothing():
    memory, vectors = DenseRetrieval(8, 2, 4, k=1), torch.randn(4, 4)
    vectors[2] = torch.nan
    memory.prepare(padded([[1], [2], [3], [4]], 2), vectors)
    assert memory(torch.randn(1, 4)).indices.tolist() == [[2]]
    memory.reset()
    memory.prepare(padded([[1]], 2), torch.zeros(1, 4))
    assert memory(torch.randn(1, 4)).scores.tolist() == [[0.0]]


def test_queries_and_vectors_of_another_width():
    memory = DenseRetrieval(8, 2, 4)
    with pytest.raises(UserError, match=r"vectors of shape \[1, 3\]; it should be \[any, 4\]"):
        memory(torch.randn(1, 3), padded([[1]], 2), torch.randn(1, 4))
    with pytest.raises(UserError, match=r"vectors of shape \[4\]"):
        memory(torch.randn(4))
    with pytest.raises(UserError, match=r"vectors of shape \[1, 5\]"):
        memory.prepare(padded([[1]], 2), torch.randn(1, 5))
    assert memory.length == 0


def test_more_passages_than_there_is_room_for():
    memory, query = DenseRetrieval(3, 1, 4, k=2), torch.randn(1, 4)
    memory.prepare(padded([[1], [2]], 1), torch.randn(2, 4))
    before = memory(query)
    with pytest.raises(OutOfRangeError, match="2 entries do not fit: 2 of 3 are taken"):
        memory.prepare(padded([[1], [2]], 1), torch.randn(2, 4))
    assert torch.equal(memory(query).scores, before.scores)


def test_a_query_is_one_kernel():
    memory, query = DenseRetrieval(64, 4, 16, k=4), torch.randn(1, 16)
    memory.prepare(padded(random_passages(60, 4, 50), 4), torch.randn(60, 16))
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "fpga"})
    with torch.no_grad():
        for got, want in zip(compiled(query), memory(query), strict=True):
            torch.testing.assert_close(got, want)
    (graph,) = torch_fpga.last_report().graphs
    assert [region.steps for region in graph.on("fpga")] == [["prepare", "relevancy", "retrieve", "apply"]]
    assert graph.fallbacks == []


@pytest.mark.usefixtures("no_builds")
def test_a_query_with_new_passages_is_one_graph_that_writes_as_eager_does():
    memory = DenseRetrieval(64, 4, 16, k=4)
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    with torch.no_grad():
        for _ in range(3):
            call = torch.randn(2, 16), padded(random_passages(3, 4, 50), 4), torch.randn(3, 16)
            assert all(torch.allclose(got, want) for got, want in zip(compiled(*call), twin(*call), strict=True))
    assert all(map(torch.allclose, memory.buffers(), twin.buffers()))
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("queries", [1, 3])
def test_compiled(queries: int):
    memory = DenseRetrieval(64, 4, 16, k=4)
    calls = [(torch.randn(queries, 16), padded(random_passages(5, 4, 50), 4), torch.randn(5, 16)) for _ in range(3)]
    assert differences(memory, calls, {"placement": "fpga"}) == []
