"""What a kernel makes of rotary position embeddings: rows of which the halves change places, as one op."""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.dtypes import FLOATS
from torch_fpga.ops.row import Op
from torch_fpga.reasons import Reason

MAX_COLS = 1 << 10
"""Elements of a row, of which two are on the chip at a time, twice."""

_library = torch.library.Library("torch_fpga", "FRAGMENT")
_library.define("rotate_half(Tensor x) -> Tensor")


def _rotate_half(x: torch.Tensor) -> torch.Tensor:
    """``x`` [..., d], d even: its last d/2 elements with their signs turned, and then its first ones."""
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


_library.impl("rotate_half", _rotate_half, "CompositeExplicitAutograd")
torch.library.register_fake("torch_fpga::rotate_half", _rotate_half, lib=_library)


def rotate_half(x: torch.Tensor) -> torch.Tensor:
    """The op where it can have ``x``, else what it is made of."""
    rotated: torch.Tensor = torch.ops.torch_fpga.rotate_half.default(x) if _fits(x) else _rotate_half(x)
    return rotated


def _fits(x: torch.Tensor) -> bool:
    return x.dim() > 0 and 0 < x.shape[-1] <= MAX_COLS and x.shape[-1] % 2 == 0 and x.dtype in FLOATS


def _check(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    return None if _fits(ins[0]) else Reason("unsupported-form", f"rows of an even length, at most {MAX_COLS}")


ROWS = [Op("torch_fpga.rotate_half.default", "rotate_half", "", FLOATS, check=_check)]
