"""Tensors to test with: the element types, and the shapes that go wrong first. For uint8 see test_uint8.py."""

from __future__ import annotations

import torch

FLOATS = (torch.float32, torch.float16, torch.bfloat16)
INTS = (torch.int8, torch.int32, torch.int64)
NUMBERS = (*FLOATS, *INTS)
ALL = (*NUMBERS, torch.bool)

# Relative and absolute tolerance of one operation: a unit or two in the last place of the type.
CLOSE = {
    torch.float32: {"rtol": 2e-6, "atol": 1e-6},
    torch.float16: {"rtol": 1e-3, "atol": 1e-4},
    torch.bfloat16: {"rtol": 8e-3, "atol": 1e-3},
}


def close(dtype: torch.dtype, factor: float = 1.0) -> dict[str, float]:
    """Tolerances of a type, widened for sums of several operations; exact for integers."""
    found = CLOSE.get(dtype, {"rtol": 0.0, "atol": 0.0})
    return {key: value * factor for key, value in found.items()}


def make(shape: tuple[int, ...], dtype: torch.dtype, seed: int = 0, layout: str = "contiguous") -> torch.Tensor:
    """A reproducible tensor; ``layout`` is contiguous, transposed, sliced or expanded in memory."""
    generator = torch.Generator().manual_seed(seed)
    if layout == "transposed" and len(shape) > 1:
        return make((*shape[:-2], shape[-1], shape[-2]), dtype, seed).transpose(-1, -2)
    if layout == "sliced" and shape:
        return make((*shape[:-1], 2 * shape[-1] + 1), dtype, seed)[..., 1::2]
    if layout == "expanded" and shape:
        return make((1, *shape[1:]), dtype, seed).expand(shape)
    if dtype is torch.bool:
        return torch.rand(shape, generator=generator) < 0.5
    if dtype.is_floating_point:
        return torch.randn(shape, generator=generator).mul(2).to(dtype)
    return torch.randint(-100, 100, shape, generator=generator).to(dtype)


LAYOUTS = ("contiguous", "transposed", "sliced", "expanded")
