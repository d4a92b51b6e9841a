"""Dense retrieval, exact: Karpukhin et al., "Dense Passage Retrieval for Open-Domain Question Answering", 2020."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.passages import Passages


class DenseRetrieval(Passages):
    """The passages whose vectors have the largest product with that of the query.

    - prepare: a vector for each passage, brought to length 1.
    - relevancy: ``s_i = q . v_i`` of all passages, with q of length 1.
    - retrieve: the ``k`` largest.
    - apply: the passages' tokens.

    Attributes:
        vectors: [capacity, dim].
    """

    vectors: Tensor

    def __init__(
        self,
        capacity: int,
        passage: int,
        dim: int,
        *,
        k: int = 8,
        normalize: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        """With ``normalize=False`` vectors are taken as they are: the score is a product, not a cosine."""
        super().__init__(capacity, passage, k, device)
        self.normalize = normalize
        self.hold("vectors", (capacity, dim), dtype, device)

    def check(self, query: Tensor) -> None:
        """A query is [queries, dim]."""
        check_vectors(self, query, self.vectors.shape[1])

    def prepare(self, tokens: Tensor, vectors: Tensor) -> None:
        """Integers [passages, passage], negative behind their end, and their vectors, [passages, dim]."""
        check_vectors(self, vectors, self.vectors.shape[1])
        places = self.append(tokens)
        self.vectors.index_copy_(0, places, self._scaled(vectors).to(self.vectors.dtype))

    def ask(self, query: Tensor) -> Tensor:
        """[queries, dim]."""
        return self._scaled(query)

    def relevancy(self, query: Tensor) -> Tensor:
        """Float32 [queries, capacity]."""
        return self.masked(query.float() @ self.vectors.float().transpose(0, 1))

    def _scaled(self, vectors: Tensor) -> Tensor:
        return F.normalize(vectors, dim=-1) if self.normalize else vectors


def check_vectors(memory: Passages, vectors: Tensor, dim: int) -> None:
    """Raises UserError for what is not [any, dim]."""
    if vectors.dim() != 2 or vectors.shape[1] != dim:
        raise UserError(f"vectors of shape {list(vectors.shape)}; it should be [any, {dim}]", op=type(memory).__name__)
