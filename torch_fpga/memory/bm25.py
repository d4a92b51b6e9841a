"""BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the idf is Lucene's."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.passages import Passages


class BM25(Passages):
    """The passages that have most of the query's terms, rare ones before frequent ones.

    - prepare: how often each term is in a passage, in how many passages it is, and how long passages are.
    - relevancy: ``s_D = sum over t in the query of idf(t) f (k1 + 1) / (f + k1 (1 - b + b |D| / mean |D|))``, where f
      is how often t is in D, and ``idf(t) = ln(1 + (N - n_t + 0.5) / (n_t + 0.5))`` where n_t of N passages have t. A
      term that is twice in the query counts twice. Lucene leaves the factor k1 + 1 away, which orders alike.
    - retrieve: the ``k`` largest; a passage with none of the terms has 0.
    - apply: the passages' tokens.

    The index is by passage, a term and its count a place, so that it is read from end to end and appended to in place.

    Attributes:
        counts: [capacity, passage], f of the term at its first place in a passage, 0 at its other ones; uint8 where no
            passage can have more, else int32.
        lengths: int32 [capacity], tokens of each passage.
        having: int64 [vocabulary + 1], n_t; the last is for places behind the end of a passage.
        total: int64 [], tokens of all passages.
    """

    counts: Tensor
    lengths: Tensor
    having: Tensor
    total: Tensor

    def __init__(
        self,
        capacity: int,
        passage: int,
        vocabulary: int,
        *,
        k: int = 64,
        k1: float = 1.5,
        b: float = 0.75,
        idf: Literal["lucene", "robertson"] = "lucene",
        device: torch.device | str | None = None,
    ) -> None:
        """``b=0`` is without the norm of lengths. ``idf="robertson"`` is ``ln((N - n_t + 0.5) / (n_t + 0.5))``, less
        than 0 for a term that over half of the passages have; arXiv 2603.29002 has it, with ``k1=1.2`` and ``b=0``."""
        super().__init__(capacity, passage, k, device)
        if idf not in ("lucene", "robertson"):
            raise UserError(f"idf={idf!r}", hint='it is "lucene" or "robertson"')
        self.vocabulary, self.k1, self.b, self.idf = vocabulary, k1, b, idf
        self.hold("counts", (capacity, passage), torch.uint8 if passage < 256 else torch.int32, device)
        self.hold("lengths", (capacity,), torch.int32, device)
        self.hold("having", (vocabulary + 1,), torch.int64, device)
        self.hold("total", (), torch.int64, device)

    def check(self, query: Tensor) -> None:
        """A query is integers [queries, terms]."""
        if query.dim() != 2 or query.is_floating_point():
            raise UserError(
                f"a query of {query.dtype} {list(query.shape)}; it should be integers [queries, terms]",
                op=type(self).__name__,
            )

    def prepare(self, tokens: Tensor) -> None:
        """Integers [passages, passage] below ``vocabulary``, negative behind the end of a passage."""
        if not torch.compiler.is_compiling() and tokens.numel() and int(tokens.max()) >= self.vocabulary:
            raise UserError(f"token {int(tokens.max())} of a vocabulary of {self.vocabulary}", op=type(self).__name__)
        places = self.append(tokens)
        there = tokens >= 0
        same = (tokens[:, :, None] == tokens[:, None, :]) & there[:, None, :]
        first = there & ~torch.tril(same, -1).any(2)
        counts = torch.where(first, same.sum(2), 0)
        lengths = there.sum(1)
        self.counts.index_copy_(0, places, counts.to(self.counts.dtype))
        self.lengths.index_copy_(0, places, lengths.to(torch.int32))
        terms = torch.where(first, tokens, self.vocabulary).flatten().to(torch.int64)
        self.having.index_add_(0, terms, torch.ones_like(terms))
        self.total += lengths.sum()

    def ask(self, query: Tensor) -> Tensor:
        """Integers [queries, terms], negative for none, to the weight of every term, float32 [queries, vocabulary + 1].

        A term that the vocabulary does not have is in no passage.
        """
        known = torch.where((query >= 0) & (query < self.vocabulary), query, self.vocabulary).to(torch.int64)
        asked = torch.zeros(len(query), self.vocabulary + 1, device=query.device)
        asked = asked.scatter_add(1, known, torch.ones_like(known, dtype=torch.float32))
        others, having = (self.length - self.having).float() + 0.5, self.having.float() + 0.5
        ratio = others / having
        idf = torch.log1p(ratio) if self.idf == "lucene" else ratio.log()
        return torch.where(self.counted(self.vocabulary + 1) < self.vocabulary, asked * idf, 0.0)

    def relevancy(self, query: Tensor) -> Tensor:
        """Float32 [queries, capacity]."""
        mean = self.total.clamp(min=1) / self.length.clamp(min=1)
        norm = self.k1 * (1 - self.b + self.b * self.lengths / mean)
        counts = self.counts.float()
        shares = torch.where(counts > 0, counts * (self.k1 + 1) / (counts + norm[:, None]), 0.0)
        weights = query[:, torch.where(self.tokens < 0, self.vocabulary, self.tokens)]
        return self.masked((weights * shares).sum(2))
