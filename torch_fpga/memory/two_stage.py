"""Retrieval in two stages: BM25, then the best of its passages once more by vectors (Nogueira and Cho, "Passage
Re-ranking", 2019), as one vector each or by MaxSim (Khattab and Zaharia, "ColBERT", 2020)."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.bm25 import BM25
from torch_fpga.memory.passages import Hits, Retrieved, hits
from torch_fpga.steps import step


class TwoStageQuery(NamedTuple):
    """Terms: integers [queries, terms], or their weights; vectors: [queries, any, dim]."""

    terms: Tensor
    vectors: Tensor


class TwoStage(BM25):
    """Of the ``candidates`` best passages by BM25 the ``k`` best by vectors.

    - prepare, relevancy: BM25's; and vectors of each passage, of length 1: one, or with ``maxsim`` one for each token.
    - retrieve: the ``candidates`` best, then (``rerank``) the ``k`` of them with the largest
      ``sum_i max_j q_i . v_j`` over the vectors i of the query and j of the passage. With one vector each that is their
      cosine. By MaxSim a passage without tokens is like nothing, and is not retrieved.
    - apply: the passages' tokens.

    Attributes:
        candidates: passages of the first stage.
        vectors: [capacity, 1 or passage, dim].
    """

    vectors: Tensor

    def __init__(
        self,
        capacity: int,
        passage: int,
        vocabulary: int,
        dim: int,
        *,
        candidates: int = 64,
        k: int = 8,
        maxsim: bool = False,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        **bm25: Any,
    ) -> None:
        """``bm25``: k1, b and idf, as there."""
        super().__init__(capacity, passage, vocabulary, k=k, device=device, **bm25)
        self.candidates, self.maxsim = min(candidates, capacity), maxsim
        self.hold("vectors", (capacity, passage if maxsim else 1, dim), dtype, device)

    def check(self, query: TwoStageQuery) -> None:
        """A query is the terms, integers [queries, terms], and the vectors, [queries, any, dim]."""
        terms, vectors = query
        super().check(terms)
        self._check_vectors(vectors, [len(terms), "any", self.vectors.shape[2]])

    def forward(self, query: tuple[Tensor, Tensor], *entries: Tensor) -> Retrieved:
        """Terms and vectors of queries to the passages for each of them."""
        self.check(TwoStageQuery(*query))
        if entries:
            self.prepare(*entries)
        asked = self.ask(TwoStageQuery(*query))
        return self.apply(asked, self.rerank(asked, self.retrieve(self.relevancy(asked))))

    def prepare(self, tokens: Tensor, vectors: Tensor) -> None:
        """Integers [passages, passage], negative behind their end, and vectors [passages, 1 or passage, dim]."""
        self._check_vectors(vectors, [len(tokens), *self.vectors.shape[1:]])
        places = self.places(len(tokens))
        super().prepare(tokens)
        self.vectors.index_copy_(0, places, F.normalize(vectors, dim=-1).to(self.vectors.dtype))

    def ask(self, query: TwoStageQuery) -> TwoStageQuery:
        """The weights of the terms, and vectors of length 1."""
        return TwoStageQuery(super().ask(query.terms), F.normalize(query.vectors, dim=-1))

    def relevancy(self, query: TwoStageQuery) -> Tensor:
        """Float32 [queries, capacity]."""
        return super().relevancy(query.terms)

    def retrieve(self, scores: Tensor) -> Hits:
        """The candidates, [queries, candidates]."""
        return hits(scores, self.candidates)

    @step("retrieve")
    def rerank(self, query: TwoStageQuery, found: Hits) -> Hits:
        """The ``k`` best of the candidates by their vectors."""
        rows = self.vectors[found.indices].float()
        alike = query.vectors.float()[:, None] @ rows.transpose(-1, -2)
        if self.maxsim:
            there = self.counted(self.passage) < self.lengths[found.indices][..., None]
            alike = torch.where(there.unsqueeze(2), alike, -torch.inf)
        scores = torch.where(found.valid, alike.amax(3).sum(2), -torch.inf)
        best = hits(scores, self.k)
        return Hits(found.indices.gather(1, best.indices), best.valid, best.scores)

    def _check_vectors(self, vectors: Tensor, wanted: list[Any]) -> None:
        fits = vectors.dim() == 3 and all(
            want in ("any", size) for size, want in zip(vectors.shape, wanted, strict=True)
        )
        if not fits:
            raise UserError(
                f"vectors of shape {list(vectors.shape)}; it should be {wanted}".replace("'", ""),
                op=type(self).__name__,
            )
