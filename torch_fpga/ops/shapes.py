"""Views, which move no data, and joins."""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.ops.row import Op
from torch_fpga.reasons import Reason

MAX_INPUTS = 8
"""Inputs of one join: as many as ``mem.concat`` has operands."""


def _few_inputs(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    count = len(node.args[0])  # type: ignore[arg-type]
    return Reason("unsupported-form", f"{count} tensors, at most {MAX_INPUTS}") if count > MAX_INPUTS else None


ROWS = [
    Op("aten.cat.default", "concat", "cat", check=_few_inputs, converts="list"),
    Op("aten.stack.default", "concat", "stack", check=_few_inputs, converts="list"),
    *(
        Op(f"aten.{target}", "view", target.split(".")[0], is_view=True)
        for target in [
            "view.default",
            "_unsafe_view.default",
            "permute.default",
            "t.default",
            "transpose.int",
            "expand.default",
            "unsqueeze.default",
            "squeeze.default",
            "squeeze.dim",
            "squeeze.dims",
            "slice.Tensor",
            "select.int",
            "diagonal.default",
            "unfold.default",
            "alias.default",
            "detach.default",
        ]
    ),
]
