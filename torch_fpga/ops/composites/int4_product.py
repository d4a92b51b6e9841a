"""Weights of four bits, a group of which share a scale: Frantar et al., "GPTQ", 2023, section 3.3 (grouping)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import fx

from torch_fpga.ops.composites.composite import Composite, Form, like
from torch_fpga.reasons import Reason

GROUPS = (32, 64, 128)
"""Numbers that may share a scale."""

BYTES = 64
"""A row is a multiple of so many: whole vectors of a memory port, which no group leaves."""


def int4_product(
    packed: torch.Tensor, scales: torch.Tensor, x: torch.Tensor, signed: bool, halves: bool
) -> torch.Tensor:
    """``x @ w.T`` for a matrix ``w[r, c] = number[r, c] * scales[r, c // group]``, in float32.

    Args:
        packed: [rows, cols / 2] uint8 or int8, two numbers a byte.
        scales: [rows, groups] float.
        x: [cols] or [1, cols] float32.
        signed: numbers have a sign (int8), else they are 8 less than their bits (uint8).
        halves: the lower bits of a byte are of the first half of a group and the upper ones of the second; else of an
            even column and the next.
    """
    numbers = _signed if signed else _offset
    return _written(numbers, _by_halves if halves else _by_turns)(packed, scales, x, signed, halves)


Join = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Brings the lower and the upper numbers of bytes, [rows, groups, group / 2] or [rows, cols / 2], into order."""


def _offset(packed: torch.Tensor, join: Join) -> torch.Tensor:
    return join(packed & 15, packed >> 4).to(torch.int8) - 8


def _offset_float(packed: torch.Tensor, join: Join) -> torch.Tensor:
    return join(packed & 15, packed >> 4).float() - 8


def _offset_before(packed: torch.Tensor, join: Join) -> torch.Tensor:
    return join((packed & 15).to(torch.int8) - 8, (packed >> 4).to(torch.int8) - 8)


def _signed(packed: torch.Tensor, join: Join) -> torch.Tensor:
    return join((packed << 4) >> 4, packed >> 4)


def _by_turns(packed: torch.Tensor, scales: torch.Tensor, numbers: Callable[..., torch.Tensor]) -> torch.Tensor:
    rows, groups = scales.shape
    return numbers(packed, lambda low, high: torch.stack([low, high], -1).reshape(rows, -1)).view(rows, groups, -1)


def _by_halves(packed: torch.Tensor, scales: torch.Tensor, numbers: Callable[..., torch.Tensor]) -> torch.Tensor:
    return numbers(packed.view(*scales.shape, -1), lambda low, high: torch.cat([low, high], -1))


def _written(
    numbers: Callable[..., torch.Tensor], ordered: Callable[..., torch.Tensor], wide: bool = False
) -> Callable[..., torch.Tensor]:
    def written(
        packed: torch.Tensor, scales: torch.Tensor, x: torch.Tensor, signed: bool, halves: bool
    ) -> torch.Tensor:
        factors = scales.float() if wide else scales
        matrix = (ordered(packed, scales, numbers).float() * factors[..., None]).view(scales.shape[0], -1)
        return matrix @ x if x.dim() == 1 else F.linear(x, matrix)

    return written


def _fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    packed, scales, x = ins
    cols, groups = 2 * packed.shape[1], scales.shape[1]
    if x.numel() != cols:
        return Reason("unsupported-form", "several vectors")
    if packed.shape[1] % BYTES or cols % groups or cols // groups not in GROUPS:
        return Reason("unsupported-form", f"rows of {cols} in {groups} groups; 128 columns, in groups of {GROUPS}")
    return None


_BYTES, _SIGNED_BYTES = like(6, 64, dtype=torch.uint8), like(6, 64, dtype=torch.int8)
_SCALES, _FLOAT16_SCALES = like(6, 4), like(6, 4, dtype=torch.float16)

COMPOSITES = [
    Composite(
        int4_product,
        [
            Form((packed, scales, x, packed is _SIGNED_BYTES, ordered is _by_halves), _written(numbers, ordered, wide))
            for packed, numbers in (
                (_BYTES, _offset),
                (_BYTES, _offset_float),
                (_BYTES, _offset_before),
                (_SIGNED_BYTES, _signed),
            )
            for ordered in (_by_turns, _by_halves)
            for scales, wide in ((_SCALES, False), (_FLOAT16_SCALES, True))
            for x in (like(128), like(1, 128))
        ],
        marked_by="aten.__rshift__.Scalar",
        stage="int4_product",
        check=_fits,
    )
]
