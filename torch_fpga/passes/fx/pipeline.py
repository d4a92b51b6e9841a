"""The ordered lists of FX passes, before and after placement: the only place where their order is said."""

from __future__ import annotations

from collections.abc import Callable

from torch import fx

from torch_fpga.passes.fx.decompose import decompose
from torch_fpga.passes.fx.drop_copies import drop_copies
from torch_fpga.passes.fx.drop_dead import drop_dead
from torch_fpga.passes.fx.estimate import estimate
from torch_fpga.passes.fx.expand_dense import expand_dense
from torch_fpga.passes.fx.join_equal import join_equal
from torch_fpga.passes.fx.keep_aliases import keep_aliases
from torch_fpga.passes.fx.keep_updates import keep_updates
from torch_fpga.passes.fx.raise_composites import raise_composites
from torch_fpga.passes.fx.raise_creations import raise_creations
from torch_fpga.passes.fx.raise_layer_norm import raise_layer_norm
from torch_fpga.passes.fx.raise_rms_norm import raise_rms_norm
from torch_fpga.passes.fx.raise_scalars import raise_scalars
from torch_fpga.passes.fx.raise_softmax import raise_softmax
from torch_fpga.passes.fx.raise_views import raise_views
from torch_fpga.passes.fx.reinplace_caches import reinplace_caches
from torch_fpga.passes.fx.sink_scalars import sink_scalars
from torch_fpga.passes.fx.sink_views import sink_views
from torch_fpga.passes.fx.write_versions import write_versions

FxPass = Callable[[fx.GraphModule], None]

RAISE: list[FxPass] = [
    join_equal,
    raise_creations,
    raise_scalars,
    raise_views,
    raise_softmax,
    raise_layer_norm,
    raise_rms_norm,
    raise_composites,
    drop_copies,
    decompose,
    drop_dead,
    keep_aliases,
    write_versions,
    keep_updates,
    estimate,
]

DIVIDE: list[FxPass] = [
    expand_dense,
    reinplace_caches,
    sink_views,
    sink_scalars,
]
