"""What the tests of retrieval share."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_fpga.memory import Retrieved


def padded(passages: list[list[int]], length: int) -> Tensor:
    """Token ids, -1 behind the end of each passage."""
    return torch.tensor([passage + [-1] * (length - len(passage)) for passage in passages]).reshape(-1, length)


def random_passages(count: int, length: int, vocabulary: int) -> list[list[int]]:
    """Of every length from none on; low token ids are frequent."""
    sizes = torch.randint(0, length + 1, (count,)).tolist()
    return [(torch.rand(size) ** 2 * vocabulary).long().tolist() for size in sizes]


def assert_found(found: Retrieved, query: int, scores: list[float], passages: list[list[int]]) -> None:
    """The best of ``scores`` but for -inf, the best first, with their passages; which of equal ones is free."""
    k = found.indices.shape[1]
    wanted = sorted((score for score in scores if score > -torch.inf), reverse=True)[:k]
    count = int(found.valid[query].sum())
    assert count == len(wanted)
    indices = found.indices[query, :count].tolist()
    assert len(set(indices)) == count
    torch.testing.assert_close(found.scores[query, :count], torch.tensor(wanted), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(torch.tensor([scores[i] for i in indices]), torch.tensor(wanted), atol=1e-4, rtol=1e-4)
    rows = found.tokens[query].tolist()
    assert [[t for t in row if t >= 0] for row in rows[:count]] == [passages[i] for i in indices]
    assert all(t == -1 for row in rows[count:] for t in row)
