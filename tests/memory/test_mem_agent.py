from __future__ import annotations

import copy

import pytest
import torch

import torch_fpga
from tests.agree import EMULATION
from torch_fpga.errors import UserError
from torch_fpga.memory import MemAgent, Text

LEARN = tuple(torch.tensor(part) for part in ([101, 102], [103], [104], [105]))
ANSWER = tuple(torch.tensor(part) for part in ([111], [112], [113, 114]))
NOTHING = torch.tensor([7, 8])


def _text(*rows: list[int], size: int) -> Text:
    tokens = torch.tensor([row + [0] * (size - len(row)) for row in rows])
    return Text(tokens, torch.tensor([[i < len(row) for i in range(size)] for row in rows]))


def _of(text: Text) -> list[list[int]]:
    return [row[there].tolist() for row, there in zip(text.tokens, text.there, strict=True)]


def _largest(prompt: Text) -> Text:
    """A model that writes the five largest tokens below 100 that it reads, the largest first."""
    read = torch.where(prompt.there & (prompt.tokens < 100), prompt.tokens, -1)
    best = read.topk(5).values
    return Text(best.clamp(min=0), best >= 0)


def _memory(generate=_largest, **options: int) -> MemAgent:
    return MemAgent(generate, LEARN, ANSWER, NOTHING, batch=2, capacity=5, **options)


def test_the_memory_is_written_anew_after_each_chunk():
    prompts: list[list[list[int]]] = []

    def generate(prompt: Text) -> Text:
        prompts.append(_of(prompt))
        return _largest(prompt)

    memory, problem = _memory(generate), _text([1], [2, 3], size=3)
    chunks = [_text([20, 40, 30, 10], [9], size=4), _text([50, 5], [60, 70, 80, 90], size=4)]
    answer = memory(problem, *chunks)
    assert prompts == [
        [[101, 102, 1, 103, 7, 8, 104, 20, 40, 30, 10, 105], [101, 102, 2, 3, 103, 7, 8, 104, 9, 105]],
        [
            [101, 102, 1, 103, 40, 30, 20, 10, 8, 104, 50, 5, 105],
            [101, 102, 2, 3, 103, 9, 8, 7, 3, 2, 104, 60, 70, 80, 90, 105],
        ],
        [[111, 1, 112, 50, 40, 30, 20, 10, 113, 114], [111, 2, 3, 112, 90, 80, 70, 60, 9, 113, 114]],
    ]
    assert _of(answer) == [[50, 40, 30, 20, 10], [90, 80, 70, 60, 9]]
    assert memory.length == 5


def test_an_empty_memory_says_nothing_and_so_does_one_that_was_emptied():
    memory, problem = _memory(), _text([1], [2], size=1)
    first = _of(memory(problem))
    assert first == [[8, 7, 1], [8, 7, 2]]
    assert memory.length == 2
    memory.prepare(problem, _text([50], [60], size=1))
    memory.reset()
    assert _of(memory(problem)) == first


def test_a_chunk_of_no_tokens_adds_nothing():
    memory, problem = _memory(), _text([1], [2], size=1)
    assert _of(memory(problem, _text([], [], size=3))) == [[8, 7, 1, 1], [8, 7, 2, 2]]


def test_texts_of_another_shape():
    memory, problem = _memory(), _text([1], [2], size=1)
    with pytest.raises(UserError, match=r"a text of shapes \[1, 1\] and \[1, 1\]; both should be \[2, n\]"):
        memory(problem, _text([1], size=1))
    other = _memory(lambda prompt: Text(prompt.tokens, prompt.there))
    with pytest.raises(UserError, match=r"the model wrote a text of shape \[2, 12\], not \[2, 5\]; nothing was kept"):
        other.prepare(problem, _text([1], [2], size=1))
    assert _of(Text(other.text, other.text_there)) == [[7, 8], [7, 8]]
    with pytest.raises(UserError, match="an empty memory of 2 tokens does not fit in 1"):
        MemAgent(_largest, LEARN, ANSWER, NOTHING, capacity=1)


@pytest.mark.usefixtures("no_builds")
def test_reading_and_answering_is_one_graph_that_writes_as_eager_does():
    memory, problem = _memory(), _text([1], [2, 3], size=3)
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    for start in (10, 20, 30):
        chunk = _text([start, start + 1], [start + 2], size=4)
        assert _of(compiled(problem, chunk)) == _of(twin(problem, chunk))
    assert all(map(torch.equal, memory.buffers(), twin.buffers()))
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == {"prepare", "apply"}


@pytest.mark.slow
def test_compiled():
    memory, problem = _memory(), _text([1], [2, 3], size=3)
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", options={**EMULATION, "placement": "fpga"})
    for start in (10, 20, 30):
        chunk = _text([start, start + 1], [start + 2], size=4)
        assert _of(compiled(problem, chunk)) == _of(twin(problem, chunk))
    assert [graph.fallbacks for graph in torch_fpga.last_report().graphs] == [[]]
