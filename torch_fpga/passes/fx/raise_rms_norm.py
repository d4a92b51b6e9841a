"""``x * rsqrt(mean(x * x) + eps) [* weight]`` to ``aten.rms_norm``.

AOTAutograd decomposes torch.nn.functional.rms_norm, and most models write it out by hand; both arrive here as the same
five ops. Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019, equation 4.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

aten = torch.ops.aten


def raise_rms_norm(graph: fx.GraphModule) -> None:
    """Rewrites in place the norms over the last dimension; dead parts are removed."""
    for rsqrt in graph.graph.find_nodes(op="call_function", target=aten.rsqrt.default):
        for product in list(rsqrt.users):
            found = _match(product, rsqrt)
            if found is None:
                continue
            x, eps = found
            size = x.meta["val"].shape[-1]
            last, weight = _weight_after(product, size)
            with graph.graph.inserting_before(last):
                whole = graph.graph.call_function(aten.rms_norm.default, (x, [size], weight, eps))
            whole.meta = dict(last.meta)
            last.replace_all_uses_with(whole)
    graph.graph.eliminate_dead_code(is_impure_node=lambda node: node.is_impure() or node.op == "placeholder")


def expand_rms_norm(graph: fx.GraphModule) -> None:
    """The way back, in place: the ops that ``raise_rms_norm`` found, for whoever runs a piece that is no kernel.

    ``aten.rms_norm`` is contiguous, and these keep the order of the dimensions of x, as it was captured.
    """
    for whole in graph.graph.find_nodes(op="call_function", target=aten.rms_norm.default):
        x, _, weight, eps = whole.args
        with graph.graph.inserting_before(whole):
            square = graph.graph.call_function(aten.mul.Tensor, (x, x))
            mean = graph.graph.call_function(aten.mean.dim, (square, [-1], True))
            total = graph.graph.call_function(aten.add.Tensor, (mean, eps))
            scale = graph.graph.call_function(aten.rsqrt.default, (total,))
            normed = graph.graph.call_function(aten.mul.Tensor, (x, scale))
            if weight is not None:
                normed = graph.graph.call_function(aten.mul.Tensor, (normed, weight))
        for node in (square, mean, total, scale, normed):
            node.meta["stack_trace"] = whole.meta.get("stack_trace")
        normed.meta = dict(whole.meta)
        whole.replace_all_uses_with(normed)
        graph.graph.erase_node(whole)


def _match(product: fx.Node, rsqrt: fx.Node) -> tuple[fx.Node, float] | None:
    """The input and eps if ``product`` is x * rsqrt(mean(x^2, -1, keepdim) + eps)."""
    total: Any = rsqrt.args[0]
    if product.target is not aten.mul.Tensor or rsqrt not in product.args:
        return None
    x = product.args[0] if product.args[1] is rsqrt else product.args[1]
    if not _is(total, aten.add.Tensor, aten.add.Scalar) or not isinstance(total.args[1], float) or total.kwargs:
        return None
    mean, eps = total.args
    if not _is(mean, aten.mean.dim) or len(mean.args) < 3 or not mean.args[2] or not isinstance(x, fx.Node):
        return None
    square, dims = mean.args[:2]
    rank = x.meta["val"].dim()
    if list(dims) not in ([-1], [rank - 1]) or not _is_square_of(square, x):
        return None
    # A converted mean, or sizes not yet known, are left to the plain ops.
    same_type = len({node.meta["val"].dtype for node in (x, square, mean, product)}) == 1
    return (x, eps) if same_type and isinstance(x.meta["val"].shape[-1], int) else None


def _is_square_of(square: Any, x: fx.Node) -> bool:
    if _is(square, aten.pow.Tensor_Scalar):
        return square.args[0] is x and square.args[1] == 2
    return _is(square, aten.mul.Tensor) and list(square.args) == [x, x]


def _weight_after(product: fx.Node, size: int) -> tuple[fx.Node, fx.Node | None]:
    """The multiplication by a weight of one row right after the norm, where there is one of the same type."""
    users = list(product.users)
    if len(users) == 1 and users[0].target is aten.mul.Tensor:
        left, right = users[0].args
        weight = right if left is product else left
        if isinstance(weight, fx.Node) and weight is not product:
            value = weight.meta["val"]
            # To compare a symbolic size would fix it for good.
            one_row = all(isinstance(n, int) for n in value.shape) and tuple(value.shape) == (size,)
            if one_row and value.dtype == product.meta["val"].dtype:
                return users[0], weight
    return product, None


def _is(node: object, *targets: object) -> bool:
    return isinstance(node, fx.Node) and node.target in targets
