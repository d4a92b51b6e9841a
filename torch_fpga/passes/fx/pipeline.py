"""The ordered list of raising passes: the only place where their order is said."""

from __future__ import annotations

from collections.abc import Callable

from torch import fx

from torch_fpga.passes.fx.estimate import estimate
from torch_fpga.passes.fx.join_equal import join_equal
from torch_fpga.passes.fx.keep_aliases import keep_aliases
from torch_fpga.passes.fx.raise_layer_norm import raise_layer_norm
from torch_fpga.passes.fx.raise_rms_norm import raise_rms_norm
from torch_fpga.passes.fx.raise_scalars import raise_scalars
from torch_fpga.passes.fx.raise_softmax import raise_softmax

FxPass = Callable[[fx.GraphModule], None]

RAISE: list[FxPass] = [
    join_equal,
    raise_scalars,
    raise_softmax,
    raise_layer_norm,
    raise_rms_norm,
    keep_aliases,
    estimate,
]
