"""The functions behind the golden files. The line of each op is part of its file."""

from __future__ import annotations

import torch


def attend(keys: torch.Tensor, values: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    scores = keys @ q
    best, where = torch.topk(scores, 4)
    weights = torch.softmax(best, 0)
    return weights @ values[where]


def attend_int8(keys: torch.Tensor, scales: torch.Tensor, q: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    scores = (keys.to(torch.float32) @ q) * scales
    best, where = torch.topk(scores, 4)
    return best, where


def normalise(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    normed = torch.nn.functional.layer_norm(centred, x.shape[-1:], weight)
    return normed.t().cumsum(-1)
