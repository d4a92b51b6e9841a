"""Rows in few bits with a scale each."""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST = 1e-4
"""The least largest element that a scale is made of (DeepSeek-V3.2-Exp, kernel.py)."""


def scaled(x: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """``x`` [..., d] as ``codes * scale``, with a scale a row, float32 [..., 1].

    - ``float8_e4m3fn``: the largest element is at most 448; the scale is a power of two (``ue8m0``).
    - ``int8``: the largest element is 127.
    - a float of 16 bits or more: ``x`` in that type, the scale is 1.
    """
    x = x.float()
    if dtype.itemsize > 1:
        return x.to(dtype), torch.ones_like(x[..., :1])
    largest = x.abs().amax(-1, keepdim=True).clamp(min=_LEAST)
    if dtype is torch.int8:
        scale = largest / 127
        return (x / scale).round().to(dtype), scale
    # largest / 448 is m * 2^e with m in [1/2, 1): the power of two at or above it.
    mantissa, exponent = torch.frexp(largest / 448)
    scale = torch.ldexp(torch.ones_like(largest), exponent - (mantissa == 0.5).int())
    return (x / scale).clamp(-448, 448).to(dtype), scale
