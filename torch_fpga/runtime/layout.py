"""Tensors brought into the layout that a kernel was built for."""

from __future__ import annotations

import torch

from torch_fpga.runtime.signature import Layout

ALIGNMENT = 64
"""Of emulated memory, in bytes: no vector is wider. PyTorch's own allocations begin at multiples of it too."""


def laid_out(tensor: torch.Tensor, layout: Layout, like: torch.Tensor | None = None) -> torch.Tensor:
    """A copy that lies as ``layout`` says.

    Args:
        tensor: of the layout's shape, any strides; its dtype is converted.
        layout: shape, strides (in elements) and dtype of the copy.
        like: the tensor to copy into, which lies so; a new one on the device of ``tensor`` if None.
    """
    made = like if like is not None else empty(layout, tensor.device)
    copy = made
    # Where several positions share an element, one of them is enough.
    shared = [i for i, (n, s) in enumerate(zip(layout.shape, layout.strides, strict=True)) if n > 1 and s == 0]
    for axis in shared:
        copy, tensor = copy.narrow(axis, 0, 1), tensor.narrow(axis, 0, 1)
    copy.copy_(tensor)
    return made


def empty(layout: Layout, device: torch.device, pinned: bool = False) -> torch.Tensor:
    """A tensor that lies as ``layout`` says, its elements not set; ``pinned`` for a GPU's transfers."""
    return torch.empty_strided(
        layout.shape, layout.strides, dtype=layout.dtype, device=device, pin_memory=pinned or None
    )


def in_layout(tensor: torch.Tensor, layout: Layout) -> torch.Tensor:
    """``tensor`` itself where it lies as ``layout`` says, else such a copy.

    A lazily negated tensor (the imaginary part of a conjugate) lies in memory unnegated.
    """
    tensor = tensor.resolve_neg()
    return tensor if tensor.stride() == layout.strides else laid_out(tensor, layout)


def flat_bytes(tensor: torch.Tensor, size: int) -> torch.Tensor:
    """The first ``size`` bytes of where ``tensor`` lies, as uint8 ``[size]``, whatever its strides."""
    return tensor.detach().as_strided((size // tensor.element_size(),), (1,)).view(torch.uint8)
