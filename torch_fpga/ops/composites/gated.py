"""Gated linear units: Shazeer, "GLU Variants Improve Transformer", 2020, equation 5 without its matrices."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from torch_fpga.ops.composites.composite import Composite, Form, like


def swiglu(gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
    """``silu(gate) * up``, of one shape and one float type."""
    return F.silu(gate) * up


def geglu(gate: torch.Tensor, up: torch.Tensor, approximate: str = "none") -> torch.Tensor:
    """``gelu(gate) * up``, of one shape and one float type; ``approximate`` is "none" or "tanh"."""
    return F.gelu(gate, approximate=approximate) * up


_PAIR = (like(2, 8), like(2, 8))

COMPOSITES = [
    Composite(swiglu, [Form(_PAIR)]),
    Composite(geglu, [Form((*_PAIR, "none")), Form((*_PAIR, "tanh"))]),
]
