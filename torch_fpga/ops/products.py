"""Products of a streamed matrix with a few vectors."""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.dtypes import NUMBERS
from torch_fpga.ops.reductions import MAX_COLS
from torch_fpga.ops.row import Op, mixed
from torch_fpga.reasons import Reason

MAX_VECTORS = 32
"""How many vectors a streamed matrix meets at once; more is compute-bound and belongs on the GPU."""


def factors(node: fx.Node) -> tuple[torch.Tensor, torch.Tensor]:
    """The fake tensors that are multiplied, left and right."""
    left, right = [n.meta["val"] for n in node.args[-2:]]  # type: ignore[union-attr]
    return left, right


def _fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    if node.kwargs.get("alpha", 1) == 0:
        return Reason("unsupported-form", "alpha=0: what happens to a NaN in the product depends on the type")
    left, right = factors(node)
    # PyTorch raises where the types differ, but its fake tensors do not for all products.
    kinds = [t.dtype for t in ins]
    whole = node.target is torch.ops.aten._int_mm.default
    if len(set(kinds)) > 1 or (kinds[0] is not (torch.int8 if whole else outs[0].dtype)):
        return mixed("a product", *kinds)
    inner = left.shape[-1]
    few = min(left.shape[-2] if left.dim() > 1 else 1, right.shape[-1] if right.dim() > 1 else 1)
    if few > MAX_VECTORS:
        return Reason("unsupported-form", f"both sides have more than {MAX_VECTORS} rows; that is dense work")
    widest = max(inner, right.shape[-1] if right.dim() > 1 else 1, left.shape[-2] if left.dim() > 1 else 1)
    if inner > MAX_COLS or few * min(widest, MAX_COLS + 1) > MAX_COLS * MAX_VECTORS:
        return Reason("too-large", f"an inner size of {inner}, at most {MAX_COLS}")
    return None


def _flops(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> int:
    return 2 * outs[0].numel() * factors(node)[0].shape[-1]


ROWS = [
    Op(
        *(f"aten.{target}", "matmul", kind, NUMBERS),
        check=_fits,
        flops=_flops,
        checks_numbers=kind == "bias",
        multiplies=True,
    )
    for target, kind in [
        ("mm.default", ""),
        ("mv.default", ""),
        ("bmm.default", ""),
        ("dot.default", ""),
        ("_int_mm.default", ""),
        ("addmm.default", "bias"),
        ("addmv.default", "bias"),
        ("baddbmm.default", "bias"),
    ]
]
