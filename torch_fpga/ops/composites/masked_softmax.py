"""Softmax under an additive mask, as attention by hand has it (``eager_attention_forward`` of transformers)."""

from __future__ import annotations

import torch

from torch_fpga.ops.composites.composite import Composite, Form, like


def masked_softmax(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """``softmax(scores + mask)`` over the last dimension, computed in float32.

    Args:
        scores: [..., n], of a float type, which is that of the result.
        mask: of the same type, broadcast to the scores; 0 or a large negative number.
    """
    return (scores + mask).softmax(-1, dtype=torch.float32).to(scores.dtype)


COMPOSITES = [
    Composite(
        masked_softmax,
        [Form((like(2, 4, 8, dtype=kind), like(4, 8, dtype=kind))) for kind in (torch.float32, torch.float16)],
        fuses="reduction",
    )
]
