"""Makes PyTorch's type promotion explicit in an FPGA submodule.

``half * float`` and ``int + 0.5`` promote silently; a stage takes inputs of one type. The rules are PyTorch's own
(torch._prims_common.elementwise_dtypes).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx
from torch._prims_common import elementwise_dtypes

from torch_fpga.ops import Op, row_of

aten = torch.ops.aten
_CONDITION = {
    "aten.where.self": 0,
    "aten.where.ScalarOther": 0,
    "aten.where.ScalarSelf": 0,
    "aten.masked_fill.Scalar": 1,
}
_CONDITION["aten.masked_fill.Tensor"] = 1


def explicit_types(graph: fx.GraphModule) -> None:
    """Inserts the conversions in place."""
    for node in list(graph.graph.nodes):
        row = row_of(node)
        if row is None:
            continue
        if row.promotion is not None:
            _promote(graph, node, row)
        elif node.target in (
            aten.sum.default,
            aten.sum.dim_IntList,
            aten.mean.default,
            aten.mean.dim,
            aten.cumsum.default,
        ):
            _convert_first(graph, node)
        elif node.target in (aten.cat.default, aten.stack.default):
            result = node.meta["val"].dtype
            node.args = ([_converted(graph, node, part, result) for part in node.args[0]], *node.args[1:])


def _promote(graph: fx.GraphModule, node: fx.Node, row: Op) -> None:
    assert row.promotion is not None
    skip = _CONDITION.get(row.target)
    operands = [arg for i, arg in enumerate(node.args) if i != skip and _is_number(arg)]
    values = [arg.meta["val"] if isinstance(arg, fx.Node) else arg for arg in operands]
    compute, _ = elementwise_dtypes(*values, type_promotion_kind=row.promotion)
    # For 16-bit floats PyTorch names float32 as the computing type; the stages do that step themselves.
    result = node.meta["val"].dtype
    kind = result if compute is torch.float32 and result in (torch.float16, torch.bfloat16) else compute
    if compute is torch.float32 and result is torch.bool:
        kind = next((v.dtype for v in values if isinstance(v, torch.Tensor) and v.dtype.is_floating_point), compute)
    node.args = tuple(
        _converted(graph, node, arg, kind) if i != skip and isinstance(arg, fx.Node) else arg
        for i, arg in enumerate(node.args)
    )


def _is_number(argument: object) -> bool:
    return isinstance(argument, (fx.Node, bool, int, float))


def _convert_first(graph: fx.GraphModule, node: fx.Node) -> None:
    result = node.meta["val"].dtype
    source = node.args[0]
    wanted = node.kwargs.get("dtype")
    if wanted is not None or result.is_floating_point:
        node.args = (_converted(graph, node, source, result), *node.args[1:])
        node.kwargs = {key: value for key, value in node.kwargs.items() if key != "dtype"}


def _converted(graph: fx.GraphModule, before: fx.Node, source: Any, kind: torch.dtype) -> Any:
    if not isinstance(source, fx.Node) or source.meta["val"].dtype is kind:
        return source
    with graph.graph.inserting_before(before):
        node = graph.graph.call_function(aten._to_copy.default, (source,), {"dtype": kind})
    node.meta = {"val": source.meta["val"].to(kind), "stack_trace": before.meta.get("stack_trace")}
    return node
