"""Rows that make one value, or a shorter row, of each row: reductions, norms, sums along a row, selection."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import fx

from torch_fpga.dtypes import ALL, FLOATS, NUMBERS
from torch_fpga.ops.row import Op, mixed, per_input
from torch_fpga.reasons import Reason

MAX_COLS = 1 << 16
"""Elements of the longest row an on-chip row buffer takes (softmax, norms, the vectors of a matmul)."""
MAX_K = 4096
"""The largest k of the top-k template."""


def _row_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    dim = node.args[1] if len(node.args) > 1 and isinstance(node.args[1], int) else -1
    cols = ins[0].shape[dim] if ins[0].dim() else 1
    return Reason("too-large", f"rows of {cols} elements, at most {MAX_COLS}") if cols > MAX_COLS else None


def _norm_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    cols = math.prod(node.args[1])  # type: ignore[arg-type]
    if cols > MAX_COLS:
        return Reason("too-large", f"rows of {cols} elements, at most {MAX_COLS}")
    x, *affine = [t.dtype for t in ins]
    # On a CPU, 16-bit rows may have a float32 weight and bias, and then both do; elsewhere PyTorch raises.
    wide = node.target is torch.ops.aten.layer_norm.default and ins[0].device.type == "cpu"
    allowed = [x, torch.float32] if wide and x is not torch.float32 else [x]
    return None if not affine or (len(set(affine)) == 1 and affine[0] in allowed) else mixed("a norm", x, *affine)


def _topk_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    k = outs[0].shape[node.args[2] if len(node.args) > 2 else -1] if outs[0].dim() else 1  # type: ignore[index]
    return Reason("too-large", f"k={k}, at most {MAX_K}") if k > MAX_K else None


def _sort_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    dim = _sort_dim(node)
    cols = outs[0].shape[dim] if outs[0].dim() else 1
    return Reason("too-large", f"rows of {cols} elements to sort, at most {MAX_K}") if cols > MAX_K else None


def _sort_dim(node: fx.Node) -> int:
    at = 1 if node.target is torch.ops.aten.sort.default else 2
    dim = node.args[at] if len(node.args) > at else node.kwargs.get("dim", -1)
    assert isinstance(dim, int)
    return dim


def _reduction(target: str, kind: str, dtypes: tuple[torch.dtype, ...] = ALL, **more: Any) -> Op:
    return Op(f"aten.{target}", "reduce", kind, dtypes, flops=per_input(1), fusion="reduction", **more)


_REDUCTIONS = [
    *(_reduction(f"sum.{form}", "sum", converts="first") for form in ("default", "dim_IntList")),
    *(_reduction(f"prod.{form}", "prod", converts="first") for form in ("default", "dim_int")),
    *(_reduction(f"mean.{form}", "mean", FLOATS, converts="first") for form in ("default", "dim")),
    *(_reduction(f"{fn}.{form}", fn) for fn in ("any", "all") for form in ("default", "dim", "dims")),
    *(_reduction(target, kind) for kind in ("max", "min") for target in (f"a{kind}.default", f"{kind}.default")),
    *(_reduction(f"arg{kind}.default", f"arg{kind}", NUMBERS, selects=True) for kind in ("max", "min")),
    # The value and its place, each by a reduction of its own over the same stream.
    *(Op(f"aten.{kind}.dim", "extreme", kind, NUMBERS, flops=per_input(2), selects=True) for kind in ("max", "min")),
]
_ROWWISE = [
    *(
        Op(f"aten.{fn}.int", fn, "", FLOATS, check=_row_fits, flops=per_input(11), fusion="reduction")
        for fn in ("softmax", "log_softmax")
    ),
    Op(
        *("aten.layer_norm.default", "layer_norm", "", FLOATS),
        check=_norm_fits,
        flops=per_input(7),
        fusion="reduction",
        converts="norm",
    ),
    Op("aten.rms_norm.default", "rms_norm", "", FLOATS, check=_norm_fits, flops=per_input(5), fusion="reduction"),
    Op("aten.topk.default", "topk", "", NUMBERS, check=_topk_fits, flops=per_input(1), gpu_kernels=3, selects=True),
    *(
        Op(
            f"aten.sort.{form}",
            "sort",
            form,
            NUMBERS,
            check=_sort_fits,
            flops=per_input(1),
            gpu_kernels=3,
            selects=True,
        )
        for form in ("default", "stable")
    ),
    Op("aten.cumsum.default", "cumsum", flops=per_input(1), gpu_kernels=2, converts="first"),
]

ROWS = [*_REDUCTIONS, *_ROWWISE]
