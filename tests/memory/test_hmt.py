from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import Tensor, nn

import torch_fpga
from tests.agree import EMULATION, differences
from torch_fpga.errors import UserError
from torch_fpga.memory import HMT, STEPS


class Causal(nn.Module):
    """A hidden state of each token, of it and those before."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        count = x.shape[1]
        before = torch.ones(count, count).tril() / torch.arange(1, count + 1)[:, None]
        return torch.tanh(self.inner(before @ x) + x)


@pytest.fixture(autouse=True)
def _no_gradients():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def _memory(**options: object) -> HMT:
    return HMT(Causal(), 8, batch=2, capacity=3, hidden=6, **options)


def hmt(memory: HMT, segments: list[Tensor], fraction: float, sensory: int) -> list[Tensor]:
    """Segment by segment, with a list for a memory."""
    outputs = []
    kept: list[Tensor] = []
    for n, segment in enumerate(segments):
        around = memory.summary.expand(2, 1, 8)
        half = segment[:, : round(segment.shape[1] * fraction)]
        summary = memory.model(torch.cat((around, half, around), 1))[:, -1]
        recalled = torch.zeros(2, 8)
        for b in range(2):
            scores = [(memory.wq(summary[b]) @ memory.wk(m[b])) / math.sqrt(6) for m in kept[-3:]]
            for weight, m in zip(torch.softmax(torch.stack(scores), 0) if scores else [], kept[-3:], strict=True):
                recalled[b] += weight * m[b]
        recalled = recalled[:, None] if kept else memory.memory.expand(2, 1, 8)
        before = segments[n - 1][:, -sensory:] if n and sensory else segment[:, :0]
        hidden = memory.model(torch.cat((recalled, before, segment, recalled), 1))
        outputs.append(hidden[:, 1 + before.shape[1] : -1])
        kept.append(hidden[:, -1])
    return outputs


@pytest.mark.parametrize(("fraction", "sensory"), [(0.5, 2), (1.0, 0), (0.01, 1)])
def test_against_the_definition(fraction: float, sensory: int):
    """Of five segments the memory of three has forgotten some."""
    memory, segments = _memory(fraction=fraction, sensory=sensory), list(torch.randn(5, 2, 7, 8))
    if fraction == 0.01:
        fraction = 1 / 7  # one token at the least
    for n, wanted in enumerate(hmt(memory, segments, fraction, sensory)):
        torch.testing.assert_close(memory(segments[n], first=n == 0), wanted)
    assert memory.length == 3
    assert memory.written == 5


def test_empty_places_have_no_weight():
    memory = _memory()
    memory.prepare(torch.randn(2, 1, 8))
    weights = memory.retrieve(memory.relevancy(torch.randn(2, 1, 8)))
    assert torch.equal(weights, torch.tensor([1.0, 0.0, 0.0]).expand(2, 1, 3))
    torch.testing.assert_close(memory.apply(torch.randn(2, 1, 8), weights), memory.memories[:, :1])


def test_an_empty_memory_recalls_what_it_has_learned():
    memory, query = _memory(), torch.randn(2, 1, 8)
    recalled = memory.apply(query, memory.retrieve(memory.relevancy(query)))
    assert torch.equal(recalled, memory.memory.expand(2, 1, 8))


def test_equal_memories_and_one_of_no_number():
    memory, query, kept = _memory(), torch.randn(2, 1, 8), torch.randn(2, 1, 8)
    memory.prepare(kept.expand(2, 2, 8))
    torch.testing.assert_close(memory.apply(query, memory.retrieve(memory.relevancy(query))), kept)
    memory.prepare(torch.full((2, 1, 8), torch.nan))
    assert memory.apply(query, memory.retrieve(memory.relevancy(query))).isnan().all()


@pytest.mark.parametrize("shape", [(2, 7, 9), (1, 7, 8), (2, 1, 8), (2, 8)])
def test_a_segment_that_is_none(shape: tuple[int, ...]):
    memory = _memory(sensory=2)
    with pytest.raises(UserError, match=r"a segment of shape .*; it should be \[2, 2 or more, 8\]"):
        memory(torch.randn(shape))
    assert memory.length == 0


def test_sizes_that_are_none():
    with pytest.raises(UserError, match="fraction=0"):
        _memory(fraction=0)


def test_defaults():
    memory = HMT(nn.Identity(), 64, device="meta")
    assert (memory.capacity, memory.keys.shape[2], memory.sensory, memory.fraction) == (100, 4096, 0, 0.5)


def test_recall_is_one_kernel():
    memory = _memory()
    memory.prepare(torch.randn(2, 2, 8))
    recall = torch.compile(
        lambda query: memory.apply(query, memory.retrieve(memory.relevancy(query))),
        backend="fpga",
        options={**EMULATION, "placement": "fpga"},
    )
    query = torch.randn(2, 1, 8)
    torch.testing.assert_close(recall(query), memory.apply(query, memory.retrieve(memory.relevancy(query))))
    (graph,) = torch_fpga.last_report().graphs
    assert [region.steps for region in graph.on("fpga")] == [["relevancy", "retrieve", "apply"]]
    assert graph.fallbacks == []


@pytest.mark.usefixtures("no_builds")
def test_a_segment_is_one_graph_that_writes_as_eager_does():
    memory = _memory(sensory=2)
    twin = copy.deepcopy(memory)
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    for segment in torch.randn(5, 2, 7, 8):
        torch.testing.assert_close(compiled(segment), twin(segment))
    for ours, eager in zip(memory.buffers(), twin.buffers(), strict=True):
        torch.testing.assert_close(ours, eager)
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS)


@pytest.mark.slow
def test_compiled():
    assert differences(_memory(), [(segment,) for segment in torch.randn(4, 2, 7, 8)], {"placement": "fpga"}) == []
