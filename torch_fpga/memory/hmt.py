"""HMT: embeddings of past segments, recalled by cross attention. He et al., "HMT: Hierarchical Memory Transformer for
Efficient Long Context Language Processing", NAACL 2025 (arXiv 2405.06067), and its code (OswaldHe/HMT-pytorch)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from torch_fpga.errors import UserError
from torch_fpga.memory.memory import Memory
from torch_fpga.steps import step


class HMT(Memory):
    """A language model over one segment after the other, with the last ``capacity`` segments in memory.

    For a segment n of L token embeddings:

    - summary (``ask``): ``S_n``, the last hidden state of the model over [m, the first L / 2 tokens, m], m learned.
    - relevancy: ``a = Wq S_n . Wk M_i / sqrt(hidden)`` of the kept embeddings M_i; empty places are masked.
    - retrieve: the softmax of a, in float32.
    - apply: ``P_n = sum_i a_i M_i``; a learned embedding while nothing is kept.
    - the model over [P_n, the last ``sensory`` tokens of the segment before, the segment, P_n]; the last of its hidden
      states is ``M_n``.
    - prepare: M_n and ``Wk M_n`` are kept, in the place of the oldest where all are taken.

    The published code divides by ``hidden`` and not by its root in training where both dimensions are 4096 or more;
    here it is always the root, as there in generation.

    Attributes:
        model: the language model without its head: embeddings [batch, tokens, dim] to hidden states of the same shape.
        summary, memory: m and the learned embedding, [dim].
        wq, wk: dim to hidden, without bias.
        memories: [batch, capacity, dim]; and ``keys``: [batch, capacity, hidden].
        last: [batch, sensory, dim], the last tokens of the segment before.
        written: int64 [], segments so far.
    """

    memories: Tensor
    keys: Tensor
    last: Tensor
    written: Tensor

    def __init__(
        self,
        model: Callable[[Tensor], Tensor],
        dim: int,
        *,
        batch: int = 1,
        capacity: int = 100,
        hidden: int = 4096,
        sensory: int = 0,
        fraction: float = 0.5,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        """The defaults are those of the published program, which takes segments of 256 tokens and bfloat16."""
        super().__init__(capacity, persistent=False, device=device)
        if not 0 < fraction <= 1 or sensory < 0:
            raise UserError(f"fraction={fraction}, sensory={sensory}", hint="fraction is above 0 and at most 1")
        self.model, self.batch, self.dim, self.sensory, self.fraction = model, batch, dim, sensory, fraction
        self.summary = nn.Parameter(torch.randn(dim, dtype=dtype, device=device))
        self.memory = nn.Parameter(torch.randn(dim, dtype=dtype, device=device))
        self.wq = nn.Linear(dim, hidden, bias=False, dtype=dtype, device=device)
        self.wk = nn.Linear(dim, hidden, bias=False, dtype=dtype, device=device)
        self.hold("memories", (batch, capacity, dim), dtype, device)
        self.hold("keys", (batch, capacity, hidden), dtype, device)
        self.hold("last", (batch, sensory, dim), dtype, device)
        self.hold("written", (), torch.int64, device)

    def check(self, query: Tensor) -> None:
        """A segment is [batch, tokens, dim], of at least ``sensory`` tokens."""
        if query.dim() != 3 or query.shape[::2] != (self.batch, self.dim) or query.shape[1] < max(self.sensory, 1):
            wanted = f"[{self.batch}, {max(self.sensory, 1)} or more, {self.dim}]"
            raise UserError(f"a segment of shape {list(query.shape)}; it should be {wanted}", op=type(self).__name__)

    def forward(self, segment: Tensor, first: bool = False) -> Tensor:
        """Embeddings of the next segment, [batch, tokens, dim], to their hidden states.

        ``first``: of a text, so that there are no sensory tokens. The memory is not emptied by that.
        """
        self.check(segment)
        query = self.ask(segment)
        recalled = self.apply(query, self.retrieve(self.relevancy(query)))
        with step("apply"):
            before = [] if first or not self.sensory else [self.last]
            hidden = self.model(torch.cat((recalled, *before, segment, recalled), 1))
        with step("prepare"):
            if self.sensory:
                self.last.copy_(segment[:, -self.sensory :])
        self.prepare(hidden[:, -1:])
        return hidden[:, -1 - segment.shape[1] : -1]

    def prepare(self, memories: Tensor) -> None:
        """Embeddings of the next segments, [batch, segments, dim], at most ``capacity``. None is refused."""
        segments = memories.shape[1]
        places = (self.written + self.counted(segments)) % self.capacity
        self.memories.index_copy_(1, places, memories)
        self.keys.index_copy_(1, places, self.wk(memories))
        self.written += segments
        self.length.copy_(self.written.clamp(max=self.capacity))

    def ask(self, segment: Tensor) -> Tensor:
        """The summary of a segment, [batch, 1, dim]."""
        around = self.summary.expand(self.batch, 1, -1)
        tokens = max(1, round(segment.shape[1] * self.fraction))
        hidden: Tensor = self.model(torch.cat((around, segment[:, :tokens], around), 1))
        return hidden[:, -1:]

    def relevancy(self, query: Tensor) -> Tensor:
        """[batch, 1, dim] to float32 [batch, 1, capacity]."""
        products = (self.wq(query) @ self.keys.transpose(1, 2)).float() * self.keys.shape[2] ** -0.5
        return torch.where(self.counted(self.capacity) < self.length, products, -torch.inf)

    def retrieve(self, scores: Tensor) -> Tensor:
        """Float32 [batch, 1, capacity], the weight of each embedding; zeros where there is none."""
        return torch.where(scores == -torch.inf, 0.0, scores.softmax(-1))

    def apply(self, query: Tensor, weights: Tensor) -> Tensor:
        """[batch, 1, dim]."""
        recalled = (weights @ self.memories.float()).to(self.memories.dtype)
        return torch.where(self.length > 0, recalled, self.memory)
