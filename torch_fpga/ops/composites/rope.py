"""Rotary position embedding: Su et al., "RoFormer", 2021, equation 34, with halves for pairs as transformers has it."""

from __future__ import annotations

import torch

from torch_fpga.ops.composites.composite import Composite, Form, like
from torch_fpga.ops.rotations import rotate_half


def rope(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """``x`` [..., d], turned in the planes of its elements i and i + d/2 by angles whose ``cos`` and ``sin`` [..., d]
    are broadcast to it. The type is that of the product."""
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cos + turned * sin


def _stages(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    return x * cos + rotate_half(x) * sin


COMPOSITES = [Composite(rope, [Form((like(1, 4, 2, 8), like(1, 1, 2, 8), like(1, 1, 2, 8)))], stages=_stages)]
