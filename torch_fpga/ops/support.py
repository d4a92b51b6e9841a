"""Which nodes the FPGA can run, and why it cannot run the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import fx

from torch_fpga.dtypes import ALL, dtype_name
from torch_fpga.errors import InternalError
from torch_fpga.ops import attention, composites, elementwise, gathers, products, reductions, rotations, shapes
from torch_fpga.ops.row import Op, computed_in, fits, tensors_in, tensors_out
from torch_fpga.reasons import Reason


def table_of(rows: Iterable[Op]) -> dict[str, Op]:
    """Rows by their overloads. Raises InternalError for two rows of one overload."""
    table: dict[str, Op] = {}
    for row in rows:
        if row.target in table:
            raise InternalError(f"two rows for {row.target}", op=row.target)
        table[row.target] = row
    return table


_FAMILIES = (elementwise, reductions, products, attention, gathers, rotations, shapes, composites)
OPS = table_of(row for family in _FAMILIES for row in family.ROWS)


def row_of(node: fx.Node) -> Op | None:
    """The row of a call_function node; None if the table has none. The parts of a tuple belong to its producer."""
    return OPS.get(str(node.target)) if node.op == "call_function" else None


def is_view(node: fx.Node) -> bool:
    """Whether the table has the node as a view, which is no work; ``is_alias`` (passes/fx) says what shares memory."""
    row = row_of(node)
    return bool(row and row.is_view)


def unsupported(node: fx.Node) -> Reason | None:
    """Why the FPGA cannot run ``node``; None if it can."""
    row = row_of(node)
    if row is None:
        return Reason("unsupported-op", str(node.target))
    ins, outs = tensors_in(node), tensors_out(node)
    if not outs:
        return Reason("unsupported-form", "makes no tensor")
    if len(ins) != len(node.all_input_nodes):
        return Reason("dynamic-shape", "an argument is a number known only at run time")
    for tensor in (*ins, *outs):
        if reason := _unknown(tensor):
            return reason
    taken = computed_in(node, row) if row.promotion is not None or row.creates else ins[0].dtype
    if taken not in row.dtypes:
        return Reason("unsupported-dtype", f"{taken} for {node.target}")
    if row.checks_numbers and (reason := _numbers_fit(node, row)):
        return reason
    return row.check(node, ins, outs) if row.check else None


def _unknown(tensor: torch.Tensor) -> Reason | None:
    """What no stage reads or makes."""
    if tensor.layout is not torch.strided or tensor.is_quantized:
        return Reason("unsupported-layout", str(tensor.layout))
    if tensor.dtype not in ALL:
        return Reason("unsupported-dtype", str(tensor.dtype))
    if not all(isinstance(size, int) for size in (*tensor.shape, *tensor.stride())):
        return Reason("dynamic-shape", f"{tuple(tensor.shape)}")
    if tensor.numel() == 0:
        return Reason("zero-size", f"{tuple(tensor.shape)}")
    return None


def _numbers_fit(node: fx.Node, row: Op) -> Reason | None:
    """A number that its type cannot hold is an error in some of PyTorch's ops, and wraps or saturates in others."""
    kind = computed_in(node, row)
    numbers: list[Any] = [x for x in (*node.args, *node.kwargs.values()) if isinstance(x, (int, float, complex))]
    outside = next((number for number in numbers if not fits(number, kind)), None)
    return (
        None if outside is None else Reason("unsupported-form", f"{outside} is out of the range of {dtype_name(kind)}")
    )
