"""Ops the table has no row for, to what PyTorch's own decompositions make of them.

``var``, ``normalize`` and many activations are a few ops that have rows. An op is taken apart only if
every part can run on the FPGA and the parts give the same types and strides; any other stays whole for the GPU's
compiler, which knows it best. So do products, convolutions and attention: they are dense work.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import operator
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import fx
from torch._guards import detect_fake_mode
from torch.fx.experimental.proxy_tensor import make_fx

from torch_fpga.ops import OPS, row_of, unsupported, work_of
from torch_fpga.passes.fx.raise_creations import raise_creations
from torch_fpga.passes.fx.raise_rms_norm import raise_rms_norm
from torch_fpga.passes.fx.raise_scalars import raise_scalars
from torch_fpga.passes.fx.raise_softmax import raise_softmax
from torch_fpga.passes.fx.views import base_of

aten, prims = torch.ops.aten, torch.ops.prims


Body = Callable[..., Any]
_Made = TypeVar("_Made")


@dataclasses.dataclass(frozen=True)
class Parts:
    """An op as a graph of others over the tensors that it reads, and how many operations they are in all."""

    graph: fx.Graph
    flops: int


_KEPT = 1024
"""Different ops whose parts are remembered: to trace one takes long, and a model repeats its layers."""

_parts_of: dict[tuple[str, Body | None], Parts | None] = {}
_lock = threading.Lock()


def decompose(graph: fx.GraphModule) -> None:
    """Rewrites in place."""
    for node in list(graph.graph.nodes):
        taken_apart = node.op == "call_function" and row_of(node) is None and _may_be_taken_apart(node)
        if taken_apart and (parts := parts_of(node)) is not None:
            put_in_place(graph, node, parts.graph)


def parts_of(node: fx.Node, body: Body | None = None) -> Parts | None:
    """A node of static shapes as supported ops; None if it is to stay whole. Remembered for equal nodes.

    With ``body`` the parts are those of this function, which takes the node's arguments, and their strides are free.
    """
    return remembered(_parts_of, (key_of_node(node), body), lambda: _parts(node, body))


def remembered(known: dict[Any, _Made], key: Any, make: Callable[[], _Made]) -> _Made:
    """What ``make`` gives, or gave for an equal key; the oldest are forgotten together when there are many."""
    with _lock:
        if key in known:
            return known[key]
    made = make()
    with _lock:
        if len(known) >= _KEPT:
            known.clear()
        known[key] = made
    return made


def key_of_node(node: fx.Node) -> str:
    """All that a decomposition goes by: the op, its arguments, and of tensors what can be told without their values."""

    def plain(source: fx.Node) -> Any:
        value = source.meta["val"]
        tensor = (tuple(value.shape), value.stride(), value.dtype, value.device)
        return f"input {node.all_input_nodes.index(source)}: {tensor}"

    return repr((node.target, fx.node.map_arg((node.args, node.kwargs), plain), _used(node)))


@functools.cache
def _table() -> dict[Any, Callable[..., Any]]:
    """PyTorch's decompositions of what has no row, and ours of the few that it leaves to a compiler."""
    from torch._decomp import decomposition_table

    ours: dict[Any, Callable[..., Any]] = {
        prims.convert_element_type.default: lambda x, dtype: x.to(dtype),
        prims.broadcast_in_dim.default: _broadcast,
        prims.sum.default: lambda x, dims, *, output_dtype=None: x.sum(dims),
        prims.div.default: lambda x, y: x / y,
        prims.var.default: _variance,
        aten.count_nonzero.default: lambda x, dim=None: (x != 0).sum(() if dim is None else dim),
        aten.count_nonzero.dim_IntList: lambda x, dim: (x != 0).sum(dim),
        aten.flip.default: _flip,
        aten.constant_pad_nd.default: _pad,
        aten.split.Tensor: _split,
        aten.split_with_sizes.default: lambda x, sizes, dim=0: _pieces(x, sizes, dim),
        aten.slice_scatter.default: functools.partial(_put_slice, decomposition_table[aten.slice_scatter.default]),
        aten.select_scatter.default: _put_row,
    }
    return {op: body for op, body in {**decomposition_table, **ours}.items() if str(op) not in OPS}


def _put_row(x: torch.Tensor, source: torch.Tensor, dim: int, index: int) -> torch.Tensor:
    first = index % x.shape[dim]
    return torch.slice_scatter(x, source.unsqueeze(dim), dim, first, first + 1)


def _put_slice(
    masked: Callable[..., torch.Tensor],
    x: torch.Tensor,
    source: torch.Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> torch.Tensor:
    """What lies before, the source and what lies behind; where elements are left out, PyTorch's mask of places."""
    if step != 1:
        return masked(x, source, dim, start, end, step)
    size = x.shape[dim]
    first, after, _ = slice(start, end).indices(size)
    if first >= after:
        return x.clone()
    sizes = [*x.shape[:dim], after - first, *x.shape[dim:][1:]]
    put = source if list(source.shape) == sizes else source.expand(sizes)
    parts = [x.narrow(dim, 0, first), put, x.narrow(dim, after, size - after)]
    return torch.cat([part for part in parts if part.shape[dim]], dim)


def _broadcast(x: torch.Tensor, sizes: list[int], dims: list[int]) -> torch.Tensor:
    for new in (i for i in range(len(sizes)) if i not in dims):
        x = x.unsqueeze(new)
    return x.expand(sizes)


def _variance(x: torch.Tensor, dims: list[int], correction: float = 1, *, output_dtype: Any = None) -> torch.Tensor:
    """From the distances to the mean: the mean of squares less the square of the mean cancels."""
    count = math.prod(x.shape[dim] for dim in dims)
    squares = (x - x.mean(dims, keepdim=True)) ** 2
    return squares.sum(dims) / max(count - correction, 0)


def _flip(x: torch.Tensor, dims: list[int]) -> torch.Tensor:
    for dim in dims:
        x = x.index_select(dim, torch.arange(x.shape[dim] - 1, -1, -1, device=x.device))
    return x


def _pad(x: torch.Tensor, pad: list[int], value: float = 0) -> torch.Tensor:
    # Two numbers a dimension, the last dimension first; a negative one cuts off.
    for i in range(len(pad) // 2):
        dim, before, after = x.dim() - 1 - i, pad[2 * i], pad[2 * i + 1]
        x = x.narrow(dim, max(-before, 0), x.shape[dim] - max(-before, 0) - max(-after, 0))
        sizes = list(x.shape)
        parts = [x]
        if before > 0:
            parts.insert(0, x.new_full([*sizes[:dim], before, *sizes[dim + 1 :]], value))
        if after > 0:
            parts.append(x.new_full([*sizes[:dim], after, *sizes[dim + 1 :]], value))
        x = torch.cat(parts, dim) if len(parts) > 1 else x
    return x


def _split(x: torch.Tensor, size: int, dim: int = 0) -> list[torch.Tensor]:
    whole, rest = divmod(x.shape[dim], size)
    return _pieces(x, [size] * whole + [rest] * (rest > 0), dim)


def _pieces(x: torch.Tensor, sizes: list[int], dim: int) -> list[torch.Tensor]:
    starts = itertools.accumulate(sizes, initial=0)
    return [x.narrow(dim, start, size) for start, size in zip(starts, sizes, strict=False)]


def _may_be_taken_apart(node: fx.Node) -> bool:
    from torch.utils.flop_counter import flop_registry

    target: Any = node.target
    if target not in _table() or target._schema.is_mutable or torch.Tag.nondeterministic_seeded in target.tags:
        return False
    if target.overloadpacket in flop_registry:
        return False
    value = node.meta.get("val")
    if isinstance(value, (tuple, list)) and any(user.target is not operator.getitem for user in node.users):
        return False
    return all(map(static, (value, *(source.meta.get("val") for source in node.all_input_nodes))))


def static(value: Any) -> bool:
    """Whether a fake value is a tensor of fixed sizes and strides, or several such tensors."""
    if isinstance(value, (tuple, list)):
        return all(map(static, value))
    return isinstance(value, torch.Tensor) and all(isinstance(n, int) for n in (*value.shape, *value.stride()))


def _parts(node: fx.Node, body: Body | None) -> Parts | None:
    inputs, used = node.all_input_nodes, _used(node)
    values = [source.meta["val"] for source in inputs]

    def call(*tensors: torch.Tensor) -> Any:
        given = dict(zip(inputs, tensors, strict=True))
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), given.__getitem__)
        made = (body or _table()[node.target])(*args, **kwargs)
        return [made] if used is None else [made[i] for i in used]

    mode = mode_of(node)
    if mode is None:
        return None
    try:
        with mode, torch.no_grad(), torch._C._DisableAutocast():
            parts = make_fx(call, decomposition_table=_table())(*values)
    except (RuntimeError, AssertionError, TypeError, ValueError):  # a form the decomposition does not know
        return None
    for step in (raise_creations, raise_scalars, raise_softmax, raise_rms_norm):
        step(parts)
    parts.graph.eliminate_dead_code()
    if not _fit(node, parts.graph, strides=body is None):
        return None
    flops = sum(work_of(part).flops for part in parts.graph.nodes if part.op == "call_function")
    for part in parts.graph.nodes:
        part.meta.clear()  # its tensors are this node's
    return Parts(parts.graph, flops)


def _fit(node: fx.Node, parts: fx.Graph, strides: bool) -> bool:
    """Every part has a row, and the results are those of the whole: types, strides, and what shares memory."""
    for part in parts.nodes:
        if part.op == "get_attr" or (part.op == "call_function" and unsupported(part) is not None):
            return False
    made, used, whole = _results(parts), _used(node), node.meta["val"]
    wanted = [whole] if used is None else [whole[i] for i in used]
    if not all(isinstance(result, fx.Node) for result in made):
        return False
    aliases = any(result.alias_info is not None for result in node.target._schema.returns)
    if not aliases and (len(set(map(base_of, made))) < len(made) or any(base_of(r).op == "placeholder" for r in made)):
        return False
    values = [result.meta["val"] for result in made]
    return all(
        (value.dtype, value.shape, value.device) == (want.dtype, want.shape, want.device)
        and (not strides or value.stride() == want.stride())
        for value, want in zip(values, wanted, strict=True)
    )


def mode_of(node: fx.Node) -> Any:
    """The fake mode of a node's tensors: what is made beside them has to be of the same."""
    return detect_fake_mode([*(source.meta["val"] for source in node.all_input_nodes), node.meta["val"]])


def _used(node: fx.Node) -> list[int] | None:
    """Which results of a tuple are read; None for an op that makes one tensor."""
    if not isinstance(node.meta["val"], (tuple, list)):
        return None
    return sorted({int(user.args[1]) for user in node.users})  # type: ignore[arg-type]


def _results(parts: fx.Graph) -> list[Any]:
    return list(parts.output_node().args[0])  # type: ignore[arg-type]


def put_in_place(graph: fx.GraphModule, node: fx.Node, parts: fx.Graph) -> list[fx.Node]:
    """Replaces a node by its parts, which get the user's line and the region of the whole. Returns its results."""
    new: dict[fx.Node, fx.Node] = dict(zip(parts.find_nodes(op="placeholder"), node.all_input_nodes, strict=True))
    # The user's line and module are the whole op's.
    lost = ("val", "tensor_meta", "original_aten")
    kept = {key: value for key, value in node.meta.items() if key not in lost}
    mode = mode_of(node)
    assert mode is not None
    with graph.graph.inserting_before(node), mode, torch.no_grad():
        for part in parts.nodes:
            if part.op == "call_function":
                new[part] = copy = graph.graph.node_copy(part, new.__getitem__)
                args, kwargs = fx.node.map_arg((copy.args, copy.kwargs), lambda source: source.meta["val"])
                copy.meta = {**kept, "val": copy.target(*args, **kwargs)}  # type: ignore[operator]
    results = [new[result] for result in _results(parts)]
    used = _used(node)
    if used is None:
        node.replace_all_uses_with(results[0])
    else:
        for user in list(node.users):
            user.replace_all_uses_with(results[used.index(user.args[1])])  # type: ignore[arg-type]
            graph.graph.erase_node(user)
    graph.graph.erase_node(node)
    return results
