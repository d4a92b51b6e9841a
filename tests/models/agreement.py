"""Compares what a compiled model generates with what it generates in eager PyTorch, and tells a near-tie from a fault.

Both runs see the same tokens until one of them picks another. Up to there their logits differ by rounding alone, unless
a selection inside the model (the top-k of a router or of sparse attention) flipped on such a difference. So:

- another token after equal logits is a near-tie of the sampler, and the rest of that text is not compared;
- other logits are a near-tie only where eager PyTorch's own top-k was that close up to this step, else a fault.

A near-tie is a warning, which pytest prints.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

# Of the largest logit: two layers of float32 sums, each in another order. A wrong number is far above.
ROUNDING = 1e-4
# Of the largest selected value: scores that are selected have gone through fewer sums.
TIE = 1e-5


@dataclasses.dataclass
class Generated:
    """``tokens [batch, steps]``, ``logits [steps, batch, vocabulary]`` and, of eager, each step's ``Lead.smallest``."""

    tokens: torch.Tensor
    logits: torch.Tensor
    leads: list[float] = dataclasses.field(default_factory=list)


class NearTie(UserWarning):
    """A selection that rounding decides: what follows from it was not compared."""


class Lead(TorchDispatchMode):
    """Notes by how much what ``topk`` selects leads what it leaves, relative to the largest that it selects."""

    def __init__(self) -> None:
        super().__init__()
        self.smallest = float("inf")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten.topk.default and args[1] < args[0].shape[-1]:
            ranked = args[0].double().sort(descending=True).values
            last, left = ranked[..., args[1] - 1], ranked[..., args[1]]
            lead = (last - left) / ranked[..., 0].abs()
            masked = left < -1e30  # which of the masked ones is selected does not matter
            self.smallest = min([self.smallest, *lead[~masked].tolist()])
        return func(*args, **(kwargs or {}))


def compare(got: Generated, want: Generated) -> None:
    """Fails where ``got`` differs from eager's ``want`` by more than rounding explains."""
    assert got.logits.shape == want.logits.shape
    for text in range(len(want.tokens)):
        tie = near_tie(text, got, want)
        if tie:
            warnings.warn(f"text {text}, {tie}", NearTie, stacklevel=2)


def near_tie(text: int, got: Generated, want: Generated) -> str:
    """The near-tie after which one text of the batch is another, "" if there is none. Fails where it is a fault."""
    for step, (ours, eager) in enumerate(zip(got.logits[:, text], want.logits[:, text], strict=True)):
        difference, scale = float((ours - eager).abs().max()), float(eager.abs().max())
        where = f"step {step}: logits differ by {difference:.1e} of {scale:.1e}"
        if not difference <= ROUNDING * scale:  # NaN too
            lead = min(want.leads[: step + 1])
            assert lead <= TIE, f"text {text}, {where}; no top-k of the model was close (smallest lead {lead:.1e})"
            return f"{where} after a top-k of the model with a lead of {lead:.1e}"
        if got.tokens[text, step] != want.tokens[text, step]:
            assert difference, f"text {text}, {where}, and yet the tokens differ"
            return f"{where}, and the sampler picks another token"
    return ""
