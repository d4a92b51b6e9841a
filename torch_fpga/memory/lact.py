"""LaCT: fast weights updated once a chunk. Zhang et al., "Test-Time Training Done Right", 2025 (arXiv 2505.23884), and
its language model (a1600012888/LaCT)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from torch_fpga.memory.fast_weights import FastWeights

_NEWTON_SCHULZ = (
    (4.0848, -6.8946, 2.9270),
    (3.9505, -6.3029, 2.6377),
    (3.7418, -5.5913, 2.3037),
    (2.8769, -3.1427, 1.2046),
    (2.8366, -3.0525, 1.2012),
)
"""Coefficients of five steps that bring all singular values of a matrix near 1."""


class LaCT(FastWeights):
    """A memory that is the weights of ``f(x) = W1 (silu(W0 x) * (W2 x))``, trained on each chunk that it has answered.

    - relevancy: ``h = silu(W0 q) * (W2 q)``: how much each of the hidden units answers.
    - retrieve: all of them.
    - apply: ``f(q) = W1 h``.
    - prepare, after the answer: of the loss ``-f(k) . v``, each token's times its learning rate, the negative gradient
      ``dW`` by each weight; ``dW <- dW + (mean momentum) dW of the chunk before``; with Muon dW is brought near to an
      orthogonal matrix; ``W <- W + dW``, and each row is brought back to the length it had at first.

    All in float32; the published code multiplies in bfloat16, and does not update after the last chunk of a text. Ask
    without a chunk for that: ``memory(query)``.

    Attributes:
        w0, w2: [batch, heads, hidden, head_dim], and ``w1``: [batch, heads, head_dim, hidden].
        left0, right0, left2, right2, start1: what they begin with, for all sequences: ``W0 = left0 right0 + I / 2``, W2
            likewise, ``W1 = start1``.
    """

    def __init__(
        self,
        batch: int,
        heads: int,
        head_dim: int,
        *,
        hidden: int | None = None,
        rank: int = 32,
        muon: bool = False,
        device: torch.device | str | None = None,
    ) -> None:
        """``hidden``: None for ``head_dim``. A chunk of the published model has 2048 tokens, and 4 heads."""
        hidden = hidden or head_dim
        up, down = (hidden, head_dim), (head_dim, hidden)
        super().__init__(batch, heads, head_dim, hidden, (up, down, up), device)
        self.muon = muon
        for name in ("0", "2"):
            left = torch.randn(heads, hidden, rank, device=device) * 0.5 / math.sqrt(rank)
            right = torch.randn(heads, rank, head_dim, device=device) * 0.5 / math.sqrt(head_dim)
            self.register_parameter("left" + name, nn.Parameter(left))
            self.register_parameter("right" + name, nn.Parameter(right))
        self.start1 = nn.Parameter(torch.randn(heads, *down, device=device) / math.sqrt(hidden))
        self.reset()

    def starts(self) -> tuple[Tensor, ...]:
        """W0, W1 and W2, [heads, rows, columns] each."""
        identity = torch.eye(self.capacity, self.shape[2], device=self.start1.device) / 2
        low = [self.get_parameter("left" + n) @ self.get_parameter("right" + n) + identity for n in ("0", "2")]
        return low[0], self.start1, low[1]

    def prepare(self, keys: Tensor, values: Tensor, rates: Tensor, momentum: Tensor) -> None:
        """Learns a chunk.

        Args:
            keys: [batch, heads, tokens, head_dim].
            values: the same shape.
            rates: learning rates of W0, W1 and W2, [batch, heads, tokens, 3].
            momentum: [batch, heads, tokens], 0 to 1; zeros for none.
        """
        self.check(keys)
        keys, values, rates = keys.float(), values.float(), rates.float()
        w0, w1, w2 = self.weights
        gate, linear = keys @ w0.transpose(-1, -2), keys @ w2.transpose(-1, -2)
        opened, slope = F.silu(gate), torch.sigmoid(gate)
        by_hidden = values @ w1
        by_gate = by_hidden * linear * slope * (1 + gate * (1 - slope))
        rate0, rate1, rate2 = rates.unsqueeze(-1).unbind(3)
        gradients = (
            by_gate.transpose(-1, -2) @ (keys * rate0),
            values.transpose(-1, -2) @ (opened * linear * rate1),
            (by_hidden * opened).transpose(-1, -2) @ (keys * rate2),
        )
        kept = momentum.float().mean(2)[..., None, None]
        for weight, update, gradient, start in zip(self.weights, self.updates, gradients, self.starts(), strict=True):
            update.copy_(gradient + kept * update)
            grown = weight + (_orthogonal(update) if self.muon else update)
            length = start.norm(dim=-1, keepdim=True)
            weight.copy_(grown / (grown.norm(dim=-1, keepdim=True) + 1e-5) * length)

    def relevancy(self, query: Tensor) -> Tensor:
        """Float32 [batch, heads, tokens, hidden]."""
        w0, _, w2 = self.weights
        return F.silu(query.float() @ w0.transpose(-1, -2)) * (query.float() @ w2.transpose(-1, -2))

    def apply(self, query: Tensor, hidden: Tensor) -> Tensor:
        """[batch, heads, tokens, head_dim] in the query's type."""
        return (hidden @ self.weights[1].transpose(-1, -2)).to(query.dtype)


def _orthogonal(matrix: Tensor) -> Tensor:
    """Newton-Schulz steps of Muon (Jordan et al., 2024) on [..., n, m]."""
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.transpose(-1, -2) if tall else matrix
    x = x / (x.norm(dim=(-1, -2), keepdim=True) + 1e-7)
    for a, b, c in _NEWTON_SCHULZ:
        square = x @ x.transpose(-1, -2)
        x = a * x + (b * square + c * square @ square) @ x
    return x.transpose(-1, -2) if tall else x
