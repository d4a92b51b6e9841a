"""Makes PyTorch's type promotion explicit in an FPGA submodule.

``half * float`` and ``int + 0.5`` promote silently; a stage takes inputs of one type. The rules are PyTorch's own.
Numbers take part: beside 16-bit floats, which a stage computes in float32, a number is rounded to 16 bits first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx
from torch._ops import OpOverload

from torch_fpga.dtypes import HALVES
from torch_fpga.ops import Conversion, Op, computed_in, is_operand, row_of

aten = torch.ops.aten


def explicit_types(graph: fx.GraphModule) -> None:
    """Inserts the conversions in place."""
    for node in list(graph.graph.nodes):
        _number_as_number(node)
        row = row_of(node)
        if row is None:
            continue
        if row.promotion is not None:
            _promote(graph, node, row)
        elif row.converts is not None:
            _CONVERT[row.converts](graph, node)


def _number_as_number(node: fx.Node) -> None:
    """``div.Tensor_mode(x, 2)`` to ``div.Scalar_mode(x, 2)``: the importer would make the number a tensor."""
    if node.op != "call_function" or not isinstance(node.target, OpOverload):
        return
    given = zip(node.target._schema.arguments, node.args, strict=False)
    if any(str(argument.type) == "Tensor" and isinstance(value, (int, float)) for argument, value in given):
        name = node.target._overloadname.replace("Tensor", "Scalar")
        node.target = getattr(node.target.overloadpacket, name, node.target)


def _promote(graph: fx.GraphModule, node: fx.Node, row: Op) -> None:
    kind, skip = computed_in(node, row), row.condition
    kinds = [_wide(arg, kind) if i == 1 and row.wide_second else kind for i, arg in enumerate(node.args)]
    node.args = tuple(
        _converted(graph, node, arg, to) if i != skip else arg
        for i, (arg, to) in enumerate(zip(node.args, kinds, strict=True))
    )
    node.kwargs = {key: _converted(graph, node, arg, kind) for key, arg in node.kwargs.items()}


def _wide(argument: Any, kind: torch.dtype) -> torch.dtype:
    """What a single number is computed in where the op takes it as it is."""
    value = argument.meta["val"] if isinstance(argument, fx.Node) else None
    taken = value is None or (value.dim() == 0 and value.dtype is not kind)
    return torch.float32 if taken and kind in HALVES else kind


def _convert_first(graph: fx.GraphModule, node: fx.Node) -> None:
    result = node.meta["val"].dtype
    source = node.args[0]
    wanted = node.kwargs.get("dtype")
    if wanted is not None or result.is_floating_point:
        node.args = (_converted(graph, node, source, result), *node.args[1:])
        node.kwargs = {key: value for key, value in node.kwargs.items() if key != "dtype"}


def _convert_list(graph: fx.GraphModule, node: fx.Node) -> None:
    result = node.meta["val"].dtype
    node.args = ([_converted(graph, node, part, result) for part in node.args[0]], *node.args[1:])


def _widen_norm(graph: fx.GraphModule, node: fx.Node) -> None:
    """16-bit rows with a float32 weight: the stage computes in float32 either way and rounds once, at the end."""
    x, *affine = node.all_input_nodes
    kind = x.meta["val"].dtype
    if all(part.meta["val"].dtype is kind for part in affine):
        return
    node.args = (_converted(graph, node, x, torch.float32), *node.args[1:])
    node.meta = {**node.meta, "val": node.meta["val"].to(torch.float32)}
    with graph.graph.inserting_after(node):
        narrow = graph.graph.call_function(aten._to_copy.default, (node,), {"dtype": kind})
    narrow.meta = {"val": node.meta["val"].to(kind), "stack_trace": node.meta.get("stack_trace")}
    node.replace_all_uses_with(narrow, delete_user_cb=lambda user: user is not narrow)


def _converted(graph: fx.GraphModule, before: fx.Node, source: Any, kind: torch.dtype) -> Any:
    if not isinstance(source, fx.Node):
        return torch.tensor(source, dtype=kind).item() if kind in HALVES and is_operand(source) else source
    if source.meta["val"].dtype is kind:
        return source
    with graph.graph.inserting_before(before):
        node = graph.graph.call_function(aten._to_copy.default, (source,), {"dtype": kind})
    node.meta = {"val": source.meta["val"].to(kind), "stack_trace": before.meta.get("stack_trace")}
    return node


_CONVERT: dict[Conversion, Callable[[fx.GraphModule, fx.Node], None]] = {
    "first": _convert_first,
    "list": _convert_list,
    "norm": _widen_norm,
}
