"""What a retrieval chose, and how the best are chosen."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Selection(NamedTuple):
    """The k entries (tokens, blocks, documents) chosen for each query, in no order that means anything.

    Attributes:
        indices: int64 [..., k].
        valid: bool [..., k]; False where the memory has fewer than k entries for the query. Such an index is that of
            some place without an entry, and must have no weight.
    """

    indices: Tensor
    valid: Tensor


def best(scores: Tensor, k: int) -> Selection:
    """The ``k`` largest of ``scores`` [..., n], or all n if they are fewer. What has the score -inf is not valid.

    Of equal scores any may be taken. NaN is the largest, so an entry that spoils the answer of dense attention is not
    passed over.
    """
    values, indices = scores.topk(min(k, scores.shape[-1]), sorted=False)
    return Selection(indices, values != -torch.inf)
