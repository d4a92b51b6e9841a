"""RMSNorm of groups of channels, each with weights of its own: Dao and Gu, "Transformers are SSMs", 2024, section 7.

transformers has it in Falcon-H1, Bamba and Zamba2, whose channels are a multiple of their groups.
"""

from __future__ import annotations

import torch

from torch_fpga.ops.composites.composite import Composite, Form, like


def group_rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """``weight * x / sqrt(mean(x^2) + eps)``, the mean over the last dimension.

    Args:
        x: [..., groups, n], of a float type, which is that of the result.
        weight: [groups, n], of the same type.
        eps: added to the mean.
    """
    return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps))


COMPOSITES = [Composite(group_rms_norm, [Form((like(3, 2, 8), like(2, 8), 0.0625))], fuses="reduction")]
