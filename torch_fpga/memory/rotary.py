"""Rotary position embedding: Su et al., "RoFormer", 2021, and YaRN for long contexts: Peng et al., arXiv 2309.00071."""

from __future__ import annotations

import dataclasses
import math

import torch
from torch import Tensor


@dataclasses.dataclass(frozen=True)
class Yarn:
    """How frequencies are stretched beyond the context that a model was trained on; the defaults are DeepSeek-V3's.

    Attributes:
        factor: by which the slow frequencies are divided.
        original: tokens of the context in training.
        fast: frequencies that turn more often than this over ``original`` tokens stay.
        slow: those that turn less often than this are divided; between the two it goes linearly.
    """

    factor: float = 40.0
    original: int = 4096
    fast: float = 32.0
    slow: float = 1.0


def angles(tokens: int, dim: int, theta: float = 10_000.0, yarn: Yarn | None = None) -> tuple[Tensor, Tensor]:
    """Cosine and sine of ``p * theta^(-2i / dim)``, float32 [tokens, dim / 2] each, for positions p and planes i."""
    frequencies = theta ** -(torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    if yarn is not None:
        plane = [
            dim * math.log(yarn.original / (n * 2 * math.pi)) / (2 * math.log(theta)) for n in (yarn.fast, yarn.slow)
        ]
        low, high = max(math.floor(plane[0]), 0), min(math.ceil(plane[1]), dim - 1)
        slow = ((torch.arange(dim // 2) - low) / max(high - low, 0.001)).clamp(0, 1)
        frequencies = frequencies * (1 - slow) + frequencies / yarn.factor * slow
    turned = torch.outer(torch.arange(tokens, dtype=torch.float64), frequencies)
    return turned.cos().float(), turned.sin().float()


def rotate_pairs(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """``x`` [..., d] turned in the planes of its elements 2i and 2i + 1; ``cos`` and ``sin`` are [..., d / 2]."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((a * cos - b * sin, b * cos + a * sin), -1).flatten(-2).to(x.dtype)


def rotate_halves(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """``x`` [..., d] turned in the planes of its elements i and i + d / 2; ``cos`` and ``sin`` are [..., d / 2]."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).to(x.dtype)
