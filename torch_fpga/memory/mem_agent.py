"""MemAgent: a memory of text that a language model writes anew after each chunk. Yu et al., "MemAgent: Reshaping
Long-Context LLM with Multi-Conv RL-based Memory Agent", 2025 (arXiv 2507.02259), and its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.memory import Memory


class Text(NamedTuple):
    """Tokens, int64 [batch, n], and which of them are there, bool [batch, n]. What is not may lie anywhere."""

    tokens: Tensor
    there: Tensor


class MemAgent(Memory):
    """At most ``capacity`` tokens of text, which a language model makes of those before and of the next chunk.

    - prepare: ``memory <- generate(template(problem, memory, chunk))``.
    - relevancy, retrieve: the model's own, in its attention; all of the memory is read.
    - apply: the answer, ``generate(template(problem, memory))``, of the memory alone.

    Sizes are fixed: a text shorter than its place is marked by ``there``, and the model has to mask the rest.

    Attributes:
        generate: the model: a ``Text`` of any length to one of ``capacity`` tokens.
        text, text_there: [batch, capacity], the memory.
        length: of the longest text of the batch.
    """

    text: Tensor
    text_there: Tensor
    nothing: Tensor

    def __init__(
        self,
        generate: Callable[[Text], Text],
        learn: tuple[Tensor, Tensor, Tensor, Tensor],
        answer: tuple[Tensor, Tensor, Tensor],
        nothing: Tensor,
        *,
        batch: int = 1,
        capacity: int = 1024,
        device: torch.device | str | None = None,
    ) -> None:
        """The published program has chunks of 5000 tokens, and a model of 8192.

        Args:
            generate: see above; a new text of other sizes is refused.
            learn: what stands before the problem, the memory and the chunk and behind it, int64 [n] each.
            answer: what stands before the problem and the memory and behind it.
            nothing: what an empty memory says, at most ``capacity`` tokens.
            batch: texts at once.
            capacity: tokens of the memory.
            device: of the memory.
        """
        super().__init__(capacity, persistent=False, device=device)
        if len(nothing) > capacity:
            raise UserError(f"an empty memory of {len(nothing)} tokens does not fit in {capacity}")
        self.generate, self.batch = generate, batch
        self.hold("text", (batch, capacity), torch.int64, device)
        self.hold("text_there", (batch, capacity), torch.bool, device)
        self.parts = (len(learn), len(answer))
        for i, part in enumerate((*learn, *answer)):
            self.register_buffer(f"part{i}", part.to(device), persistent=False)
        self.register_buffer("nothing", nothing.to(device), persistent=False)
        self.reset()

    def reset(self) -> None:
        super().reset()
        count = len(self.nothing)
        self.text[:, :count] = self.nothing
        self.text_there[:, :count] = True
        self.length.fill_(count)

    def check(self, query: Text) -> None:
        """A problem, and a chunk, are of ``batch`` texts."""
        tokens, there = query
        if tokens.dim() != 2 or tokens.shape != there.shape or len(tokens) != self.batch:
            raise UserError(
                f"a text of shapes {list(tokens.shape)} and {list(there.shape)}; both should be [{self.batch}, n]",
                op=type(self).__name__,
            )

    def forward(self, query: Text, *chunks: Text) -> Text:
        """Reads the chunks, one after the other, and answers the problem."""
        for text in (query, *chunks):
            self.check(text)
        for chunk in chunks:
            self.prepare(query, chunk)
        answer: Text = self.apply(query, self.retrieve(self.relevancy(query)))
        return answer

    def prepare(self, problem: Text, chunk: Text) -> None:
        """Reads a chunk for the sake of a problem."""
        memory = Text(self.text, self.text_there)
        self._write(self.generate(self._filled(range(self.parts[0]), problem, memory, chunk)))

    def relevancy(self, query: Text) -> Tensor:
        """Bool [batch, capacity]: what is there."""
        return self.text_there

    def retrieve(self, scores: Tensor) -> Text:
        """The whole memory."""
        return Text(self.text, scores)

    def apply(self, query: Text, memory: Text) -> Text:
        """The answer to a problem."""
        return self.generate(self._filled(range(self.parts[0], sum(self.parts)), query, memory))

    def _write(self, text: Text) -> None:
        if text.tokens.shape != self.text.shape or text.there.shape != self.text.shape:
            shapes = f"{list(text.tokens.shape)}, not {list(self.text.shape)}"
            raise UserError(f"the model wrote a text of shape {shapes}; nothing was kept", op=type(self).__name__)
        self.text.copy_(text.tokens)
        self.text_there.copy_(text.there)
        self.length.copy_(text.there.sum(1).amax())

    def _filled(self, parts: range, *texts: Text) -> Text:
        """Parts of a template with texts between them."""
        pieces = []
        for i, part in enumerate(parts):
            fixed = self.get_buffer(f"part{part}").expand(self.batch, -1)
            pieces.append(Text(fixed, torch.ones_like(fixed, dtype=torch.bool)))
            pieces += texts[i : i + 1]
        return Text(torch.cat([piece.tokens for piece in pieces], 1), torch.cat([piece.there for piece in pieces], 1))
