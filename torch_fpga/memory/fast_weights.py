"""Weights as a memory: a small network that is trained on what it is to remember, while it is used."""

from __future__ import annotations

import abc
from collections.abc import Sequence

import torch
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.memory import Memory


class FastWeights(Memory):
    """Weights of each sequence and head, which answer a chunk of queries and then learn its keys and values.

    Their hidden units are the entries: all are there, and all answer, each as much as it is relevant.

    Attributes:
        w0, w1, ...: [batch, heads, rows, columns], the weights.
        update0, update1, ...: of the same shapes, what they were last changed by.
        capacity: the hidden units.
    """

    def __init__(
        self,
        batch: int,
        heads: int,
        head_dim: int,
        hidden: int,
        shapes: Sequence[tuple[int, int]],
        device: torch.device | str | None,
    ) -> None:
        """``shapes``: of the weights of a head."""
        super().__init__(hidden, persistent=False, device=device)
        self.shape, self.count = (batch, heads, head_dim), len(shapes)
        for i, shape in enumerate(shapes):
            self.hold(f"w{i}", (batch, heads, *shape), torch.float32, device)
            self.hold(f"update{i}", (batch, heads, *shape), torch.float32, device)

    @abc.abstractmethod
    def starts(self) -> tuple[Tensor, ...]:
        """What the weights begin with, of one sequence: [heads, rows, columns] each."""

    @property
    def weights(self) -> list[Tensor]:
        return [self.get_buffer(f"w{i}") for i in range(self.count)]

    @property
    def updates(self) -> list[Tensor]:
        return [self.get_buffer(f"update{i}") for i in range(self.count)]

    def reset(self) -> None:
        """Begins anew, in place. To be called after parameters were loaded."""
        super().reset()
        with torch.no_grad():
            self.length.fill_(self.capacity)
            for weight, start in zip(self.weights, self.starts(), strict=True):
                weight.copy_(start)

    def check(self, query: Tensor) -> None:
        """A query is [batch, heads, tokens, head_dim]."""
        batch, heads, width = self.shape
        if query.dim() != 4 or query.shape[:2] != (batch, heads) or query.shape[3] != width:
            wanted = f"[{batch}, {heads}, tokens, {width}]"
            raise UserError(f"a query of shape {list(query.shape)}; it should be {wanted}", op=type(self).__name__)

    def forward(self, query: Tensor, *chunk: Tensor) -> Tensor:
        """Queries to answers, [batch, heads, tokens, head_dim]; then learns the chunk, if one is given."""
        self.check(query)
        answer: Tensor = self.apply(query, self.retrieve(self.relevancy(query)))
        if chunk:
            self.prepare(*chunk)
        return answer

    def retrieve(self, scores: Tensor) -> Tensor:
        """All of the hidden units."""
        return scores
