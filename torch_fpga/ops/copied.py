"""``torch_fpga::copied``: a copy that Inductor makes.

It leaves ``aten.clone`` out wherever the values are the same, also before an operator that it makes write in place.
"""

from __future__ import annotations

import torch

_library = torch.library.Library("torch_fpga", "DEF")
_library.define("copied(Tensor x) -> Tensor")


@torch.library.impl(_library, "copied", "CompositeExplicitAutograd")
def _copied(x: torch.Tensor) -> torch.Tensor:
    return x.clone()


@torch.library.register_fake("torch_fpga::copied", lib=_library)
def _fake(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)


copied = torch.ops.torch_fpga.copied.default
