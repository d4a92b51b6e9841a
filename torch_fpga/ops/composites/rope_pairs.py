"""Rotary position embedding with neighbours for pairs: Su et al., "RoFormer", 2021, equation 34, as GPT-J has it."""

from __future__ import annotations

import torch

from torch_fpga.ops.composites.composite import Composite, Form, like


def rope_pairs(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """``x`` [..., d], turned in the planes of its elements 2i and 2i + 1 by angles whose ``cos`` and ``sin`` [..., d]
    are broadcast to it. The type is that of the product."""
    turned = torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
    return x * cos + turned * sin


COMPOSITES = [Composite(rope_pairs, [Form((like(1, 4, 2, 8), like(1, 1, 2, 8), like(1, 1, 2, 8)))])]
