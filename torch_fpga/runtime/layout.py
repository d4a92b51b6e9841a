"""Tensors brought into the layout that a kernel was built for."""

from __future__ import annotations

import torch

from torch_fpga.runtime.signature import Layout


def laid_out(tensor: torch.Tensor, layout: Layout) -> torch.Tensor:
    """A copy in host memory that lies as ``layout`` says."""
    copy = torch.empty_strided(layout.shape, layout.strides, dtype=layout.dtype)
    # Where several positions share an element, one of them is enough.
    shared = [i for i, (n, s) in enumerate(zip(layout.shape, layout.strides, strict=True)) if n > 1 and s == 0]
    for axis in shared:
        copy, tensor = copy.narrow(axis, 0, 1), tensor.narrow(axis, 0, 1)
    copy.copy_(tensor)
    return copy.expand(layout.shape)


def on_host(tensor: torch.Tensor, layout: Layout) -> torch.Tensor:
    """``tensor`` itself where it is in host memory and lies as ``layout`` says, else such a copy."""
    if tensor.stride() == layout.strides and tensor.device.type == "cpu":
        return tensor
    return laid_out(tensor, layout)
