"""What holds for every method of sparse attention: against dense attention where it selects all, and of bad input."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

import torch_fpga
from tests.agree import EMULATION, differences
from tests.memory.dense import attention
from tests.memory.methods import ATTENTION, SIZE, Method, random
from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory import STEPS, Selection


def _each(methods: dict[str, Method]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("method", methods.values(), ids=methods.keys())


every = _each(ATTENTION)
# NSA's answer is a sum of three attentions, whose gates do not sum to 1 (test_nsa.py).
convex = _each({name: method for name, method in ATTENTION.items() if name != "nsa"})
# A threshold is one comparison more than a budget; the slow tests have it.
quick = _each({name: method for name, method in ATTENTION.items() if name != "seer threshold"})


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    torch.manual_seed(0)
    with torch.no_grad():
        yield


@every
def test_an_empty_memory_answers_with_zeros(method: Method):
    assert torch.equal(method.make()(method.query()), torch.zeros(2, 4, 1, 8))


@convex
@pytest.mark.parametrize("tokens", [1, 5, 11])
def test_fewer_entries_than_are_selected_are_all_used(method: Method, tokens: int):
    memory, query, (keys, values) = method.make(), random(2, 4, 1, 8), method.entries(tokens)
    memory.prepare(keys, values)
    kept = torch.cat([method.attended(keys[:, :, t : t + 1], t) for t in range(tokens)], 2)
    dense = attention(method.attended(query, tokens - 1), kept, values, lambda *_: range(tokens))
    torch.testing.assert_close(memory(method.asks(query)), dense)


@every
def test_pieces_make_the_same_memory_as_the_whole(method: Method):
    entries, query = method.entries(19), method.query()
    whole = method.make()
    pieces = copy.deepcopy(whole)
    whole.prepare(*entries)
    start = 0
    for size in (6, 1, 1, 9, 2):
        pieces.prepare(*(part[..., start : start + size, :] for part in entries))
        start += size
    torch.testing.assert_close(pieces(query), whole(query))


@every
def test_a_query_of_another_width_is_refused_and_nothing_is_prepared(method: Method):
    memory = method.make()
    with pytest.raises(UserError, match=r"a query of shape .*; it should be \[2, 4, tokens, 8\]"):
        memory(method.query(2, 4, 1, 1), *method.entries(1))
    with pytest.raises(UserError, match="a query of shape"):
        memory(method.query(2, 2, 1, 8), *method.entries(1))
    assert memory.length == 0


@convex
def test_equal_entries(method: Method):
    memory, entries = method.make(), method.entries(21)
    memory.prepare(*(part[..., :1, :].expand(part.shape) for part in entries))
    torch.testing.assert_close(memory(method.query()), entries[1][:, [0, 0, 1, 1], :1])


@every
def test_a_key_of_no_number_spoils_what_dense_attention_would_spoil(method: Method):
    memory, entries = method.make(), method.entries(21)
    entries[0][1, 0, 2] = torch.nan
    memory.prepare(*entries)
    out = memory(method.query())
    assert out[1, :2].isnan().all()
    assert out[0].isfinite().all()
    assert out[1, 2:].isfinite().all()


@every
def test_more_entries_than_there_is_room_for(method: Method):
    memory, query = method.make(), method.query()
    memory.prepare(*method.entries(23))
    before, state = memory(query), copy.deepcopy(list(memory.buffers()))
    with pytest.raises(OutOfRangeError, match="2 entries do not fit: 23 of 24 are taken"):
        memory.prepare(*method.entries(2))
    assert torch.equal(memory(query), before)
    assert all(map(torch.equal, memory.buffers(), state))
    memory.prepare(*method.entries(1))
    assert memory.length == SIZE.capacity


@every
def test_a_memory_that_was_emptied_is_as_new(method: Method):
    used, new, entries, query = method.make(), method.make(), method.entries(7), method.query()
    new.load_state_dict(used.state_dict())
    used.prepare(*(torch.full_like(part, torch.nan) for part in method.entries(24)))
    used.reset()
    used.prepare(*entries)
    new.prepare(*entries)
    assert torch.equal(used(query), new(query))


@quick
def test_relevancy_and_retrieval_are_one_kernel(method: Method):
    memory = method.make()
    memory.prepare(*method.entries(21))
    asked, options = memory.ask(method.query()), {**EMULATION, "placement": "fpga"}
    chosen = torch.compile(lambda asked: memory.retrieve(memory.relevancy(asked)), backend="fpga", options=options)
    assert _chosen(chosen(asked)) == _chosen(memory.retrieve(memory.relevancy(asked)))
    (graph,) = torch_fpga.last_report().graphs
    assert [region.steps for region in graph.on("fpga")] == [["relevancy", "retrieve"]]
    assert graph.fallbacks == []


def _chosen(selection: Selection) -> list[set[int]]:
    """What is valid, for each query."""
    indices = selection.indices.masked_fill(~selection.valid, -1).flatten(0, -2).tolist()
    return [set(row) - {-1} for row in indices]


@quick
@pytest.mark.usefixtures("no_builds")
def test_a_step_of_decoding_is_one_graph_that_writes_as_eager_does(method: Method):
    """Placed on the GPU, which searches for nothing; ``test_compiled`` divides it."""
    memory = method.make()
    memory.prepare(*method.entries(15))
    twin, calls = copy.deepcopy(memory), [(method.query(), *method.entries(1)) for _ in range(3)]
    compiled = torch.compile(memory, backend="fpga", fullgraph=True, options={**EMULATION, "placement": "gpu"})
    for call in calls:
        torch.testing.assert_close(compiled(*call), twin(*call))
    for ours, eager in zip(memory.buffers(), twin.buffers(), strict=True):
        torch.testing.assert_close(ours, eager)
    (graph,) = torch_fpga.last_report().graphs
    assert {node.step for node in graph.nodes} - {""} == set(STEPS)


@every
@pytest.mark.slow
@pytest.mark.parametrize("tokens", [0, 1, 6])
def test_compiled(method: Method, tokens: int):
    memory = method.make()
    memory.prepare(*method.entries(3))
    calls = [(method.query(), *(method.entries(tokens) if tokens else ())) for _ in range(3)]
    assert differences(memory, calls, {"placement": "fpga"}) == []


@every
@pytest.mark.slow
def test_compiled_past_its_capacity(method: Method):
    memory = method.make()
    memory.prepare(*method.entries(23))
    before: list[Tensor] = [buffer.clone() for buffer in memory.buffers()]
    compiled = torch.compile(memory, backend="fpga", options={**EMULATION, "placement": "fpga"})
    with pytest.raises((IndexError, RuntimeError)):
        compiled(method.query(), *method.entries(2))
    assert memory.length == 23
    for now, then in zip(memory.buffers(), before, strict=True):
        if now.dim() == 4 and now.shape[2] == SIZE.capacity:
            assert torch.equal(now[:, :, :23], then[:, :, :23])
