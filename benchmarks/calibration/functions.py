"""PyTorch functions whose kernels stand for what a row reports, by name."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch


def _topk(count: int) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    def best(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        values, indices = torch.topk(x, count)
        return values, indices

    return best


FUNCTIONS: dict[str, Callable] = {
    "add": torch.add,
    "multiply": torch.mul,
    "negative": torch.neg,
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "sums": functools.partial(torch.sum, dim=-1, dtype=torch.int32),
    **{f"topk_{count}": _topk(count) for count in (10, 64, 100)},
}
