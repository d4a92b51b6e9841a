"""Titans' neural memory: Behrouz et al., "Titans: Learning to Memorize at Test Time", 2025 (arXiv 2501.00663); the form
of the network is that of lucidrains/titans-pytorch."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from torch_fpga.memory.fast_weights import FastWeights


class Titans(FastWeights):
    """A memory that is the weights of ``M(x) = gelu(x W0) W1``, which change by surprise, and forget.

    - relevancy: ``h = gelu(q W0)``: how much each of the hidden units answers.
    - retrieve: all of them.
    - apply: ``M(q) = h W1``.
    - prepare, after the answer: token by token ``S_t = eta_t S_(t-1) - theta_t grad |M(k_t) - v_t|^2`` and
      ``M_t = (1 - alpha_t) M_(t-1) + S_t``: momentum, learning rate and forgetting of each token. As in the paper's
      parallel form, the gradients of a chunk are all by the weights that it began with. So M and S at its end are sums
      of them, and are computed as products with a weight for each token.

    All in float32.

    Attributes:
        w0: [batch, heads, head_dim, hidden], and ``w1``: [batch, heads, hidden, head_dim], M.
        update0, update1: S of each.
        start0, start1: what M begins with, for all sequences.
    """

    def __init__(
        self,
        batch: int,
        heads: int,
        head_dim: int,
        *,
        hidden: int | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        """``hidden``: None for ``2 head_dim``. The published code has chunks of 64 tokens."""
        hidden = hidden or 2 * head_dim
        up, down = (head_dim, hidden), (hidden, head_dim)
        super().__init__(batch, heads, head_dim, hidden, (up, down), device)
        scale = math.sqrt(2 / (head_dim + hidden))
        self.start0 = nn.Parameter(torch.randn(heads, *up, device=device) * scale)
        self.start1 = nn.Parameter(torch.randn(heads, *down, device=device) * scale)
        self.reset()

    def starts(self) -> tuple[Tensor, ...]:
        """W0 and W1, [heads, rows, columns] each."""
        return self.start0, self.start1

    def prepare(self, keys: Tensor, values: Tensor, theta: Tensor, eta: Tensor, alpha: Tensor) -> None:
        """Learns a chunk.

        Args:
            keys: [batch, heads, tokens, head_dim].
            values: the same shape.
            theta: learning rates, [batch, heads, tokens].
            eta: momentum, the same shape, 0 to 1.
            alpha: forgetting, the same shape, 0 to 1.
        """
        self.check(keys)
        keys, values = keys.float(), values.float()
        w0, w1 = self.weights
        before = keys @ w0
        hidden = F.gelu(before)
        wrong = 2 * (hidden @ w1 - values)
        slope = (1 + torch.erf(before * 0.5**0.5)) / 2 + before * torch.exp(-(before**2) / 2) / math.sqrt(2 * math.pi)
        by_hidden = wrong @ w1.transpose(-1, -2) * slope
        surprise, memory = self._shares(theta.float(), eta.float(), alpha.float())
        for weight, update, left, right in (
            (w0, self.updates[0], keys, by_hidden),
            (w1, self.updates[1], hidden, wrong),
        ):
            grown = weight * memory[0] + update * memory[1] - left.transpose(-1, -2) @ (right * memory[2])
            update.copy_(update * surprise[0] - left.transpose(-1, -2) @ (right * surprise[1]))
            weight.copy_(grown)

    def relevancy(self, query: Tensor) -> Tensor:
        """Float32 [batch, heads, tokens, hidden]."""
        return F.gelu(query.float() @ self.weights[0])

    def apply(self, query: Tensor, hidden: Tensor) -> Tensor:
        """[batch, heads, tokens, head_dim] in the query's type."""
        return (hidden @ self.weights[1]).to(query.dtype)

    def _shares(
        self, theta: Tensor, eta: Tensor, alpha: Tensor
    ) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]:
        """What is left at the end of a chunk: in S of S and of each gradient, in M of M, of S and of each gradient.

        With ``e(t, j) = eta_(t+1) ... eta_j`` and ``a(j) = (1 - alpha_(j+1)) ... (1 - alpha_last)``, S has
        ``e(t, last) theta_t`` of the gradient t, and M the sum over j >= t of ``e(t, j) a(j) theta_t``.
        """
        tokens = self.counted(theta.shape[2])
        later = tokens > tokens[:, None]
        kept = 1 - alpha
        through = torch.where(later, eta[..., None, :], 1.0).cumprod(-1)  # e(t, j) for j >= t
        through = torch.where(tokens >= tokens[:, None], through, 0.0)
        left = torch.where(later, kept[..., None, :], 1.0).prod(-1)  # a(j)
        start = eta.cumprod(-1)
        of_gradients = (through @ left[..., None]) * theta[..., None]
        of_surprise = (start * left).sum(-1)[..., None, None]
        surprise = (start[..., -1:, None], (through[..., -1] * theta)[..., None])
        return surprise, (kept.prod(-1)[..., None, None], of_surprise, of_gradients)
