"""What a node costs: bytes, operations, kernels a GPU would launch."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import fx

from torch_fpga.ops.row import nbytes, plain, sizes_of, tensors_in, tensors_out
from torch_fpga.ops.sharding import sharded_bytes
from torch_fpga.ops.support import row_of
from torch_fpga.targets.work import Work


def work_of(node: fx.Node) -> Work:
    """What a node costs by itself: unfused bytes, operations, kernels a GPU would launch."""
    row = row_of(node)
    ins, outs = tensors_in(node), tensors_out(node)
    if row and row.is_view:
        return Work(gpu_kernels=0)
    written = sum(map(nbytes, outs))
    read = sum(map(nbytes, ins))
    if row and row.irregular:
        # Only the rows that are asked for are read, not the whole table.
        read = written + sum(map(nbytes, ins[1:]))
    symbolic = not all(isinstance(size, int) for t in (*ins, *outs) for size in t.shape)
    flops = row.flops(node, ins, outs) if row and row.flops and outs and not symbolic else _guess_flops(node, outs)
    return Work(
        bytes_read=read,
        bytes_written=written,
        flops=flops,
        irregular_bytes=written if row and row.irregular else 0,
        gpu_kernels=row.gpu_kernels if row else 1,
        sharded_bytes=0 if symbolic else sharded_bytes(node),
    )


def _guess_flops(node: fx.Node, outs: list[torch.Tensor]) -> int:
    # torch's own counter knows the dense ops (convolution, attention); the rest counts one for each output element.
    from torch.utils.flop_counter import flop_registry

    packet = getattr(node.target, "overloadpacket", None)
    if packet in flop_registry:
        # The counters take sizes for tensors.
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda n: _plainly(n.meta.get("val")))
        try:
            return int(flop_registry[packet](*args, **kwargs, out_val=_plainly(node.meta.get("val"))))
        except (TypeError, AssertionError):
            pass
    return sum(math.prod(sizes_of(t)) for t in outs)


def _plainly(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(_plainly, value))
    if isinstance(value, torch.Tensor):
        return sizes_of(value)
    return plain(value) if isinstance(value, torch.SymInt) else value
