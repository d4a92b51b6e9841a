"""Puts the writes of a graph back to where eager PyTorch makes them, as far as another region might see the difference.

AOTAutograd turns ``c[0] = k; v = f(c); c.zero_()`` into values, ``c1 = put(c, k); v = f(c1); c2 = zeros``, and one
write at the end, ``copy_(c, c2)``. Inductor makes ``put`` write into c where it lies, because c is overwritten later
anyway. In one graph that is right. But if ``f`` is in another region, c1 is a result of the region that overwrites it.

So a version of an input that somebody reads gets a write of its own right after it is made, ``copy_(c, c1)``. Then a
reader in another region reads c itself (``reinplace_caches``), between that write and the next one (``group``), and
nothing is copied. A version that must not show in the input, because it is returned or because somebody still reads
what was there before, is made from a copy of the input.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import statically_known_true, sym_eq

from torch_fpga.ops import plain
from torch_fpga.ops.copied import copied
from torch_fpga.passes.fx.views import base_of, is_alias, views_of

aten = torch.ops.aten

PUTS = frozenset(
    {
        aten.index_put.default,
        aten._unsafe_index_put.default,
        aten.index_copy.default,
        aten.index_add.default,
        aten.index_fill.int_Scalar,
        aten.index_fill.int_Tensor,
        aten.index_reduce.default,
        aten.scatter.src,
        aten.scatter.value,
        aten.scatter.reduce,
        aten.scatter.value_reduce,
        aten.scatter_add.default,
        aten.scatter_reduce.two,
        aten.masked_scatter.default,
        aten.slice_scatter.default,
        aten.select_scatter.default,
        aten.diagonal_scatter.default,
        aten.as_strided_scatter.default,
        aten.put.default,
        torch.ops.torch_fpga.put_rows.default,
        torch.ops.torch_fpga.update_rows.default,
    }
)
"""Operators that give their first argument with a part replaced; Inductor writes that part into the argument itself."""


CLONES = frozenset({aten.clone.default, aten.lift_fresh_copy.default, aten.copy.default})
"""Operators that Inductor leaves out where the values are the same."""


def write_versions(graph: fx.GraphModule) -> None:
    """Rewrites in place."""
    all_writes = graph.graph.find_nodes(op="call_function", target=aten.copy_.default)
    writes = [write for write in all_writes if write.args[0].op == "placeholder"]
    written = {write.args[0] for write in writes}
    for write in writes:
        _keep_copy(graph, write, written)
    for write in writes:
        _write_each(graph, *write.args[:2])


def _keep_copy(graph: fx.GraphModule, write: fx.Node, written: set[fx.Node]) -> None:
    """``t = c.clone(); c.copy_(d); d.copy_(t)``: without the clone, which Inductor leaves out, d would get itself."""
    target, value = write.args[:2]
    if not isinstance(value, fx.Node):
        return
    source: Any = value
    while source.op == "call_function" and (is_alias(source) or source.target in CLONES):
        source = source.args[1] if source.target is aten.copy.default else source.all_input_nodes[0]
    if source in written and source is not value:
        with graph.graph.inserting_after(value):
            copy = graph.graph.call_function(copied, (value,))
        copy.meta = dict(value.meta)
        write.args = (target, copy, *write.args[2:])


def _write_each(graph: fx.GraphModule, written: fx.Node, last: fx.Node) -> None:
    """Looks at every version of ``written``, a placeholder, but ``last``, its value in the end."""
    order = {node: i for i, node in enumerate(graph.graph.nodes)}
    final = set(views_of(base_of(last)))
    versions = [views_of(written)]
    for version in versions:
        versions += [views_of(user) for view in version for user in view.users if _puts_into(user, view)]
    before = set(versions[0])
    for version in sorted(versions[1:], key=lambda version: order[version[0]]):
        readers = [
            user for view in version for user in view.users if user not in version and not _puts_into(user, view)
        ]
        if readers and version[0] not in final:
            _write(graph, written, version, readers, before, order)
        before.update(version)


def _write(
    graph: fx.GraphModule,
    written: fx.Node,
    version: list[fx.Node],
    readers: list[fx.Node],
    before: set[fx.Node],
    order: dict[fx.Node, int],
) -> None:
    """Writes ``version`` into the input after it is made, or makes it of a copy where that would be seen."""
    put = version[0]
    whole = next((view for view in version if _alike(view, written)), None)
    returned = any(reader.op == "output" for reader in readers)
    late = any(order.get(user, 0) > order[put] for view in before for user in view.users if _reads(user, view, before))
    if whole is None or returned or late:
        base = put.all_input_nodes[0]
        with graph.graph.inserting_before(put):
            copy = graph.graph.call_function(copied, (base,))
        copy.meta = dict(base.meta)
        put.replace_input_with(base, copy)
        return
    with graph.graph.inserting_after(whole):
        early = graph.graph.call_function(aten.copy_.default, (written, whole))
    early.meta = {**whole.meta, "val": written.meta["val"]}


def _reads(user: fx.Node, view: fx.Node, before: set[fx.Node]) -> bool:
    """Not by taking a view, which has readers of its own, and not by overwriting it."""
    return user not in before and not (user.target is aten.copy_.default and user.args[0] is view)


def _puts_into(node: fx.Node, base: fx.Node) -> bool:
    return node.target in PUTS and node.args[0] is base


def _alike(view: fx.Node, written: fx.Node) -> bool:
    """Whether a view of a version is what the input is, and not, for instance, its transpose."""
    a, b = view.meta["val"], written.meta["val"]
    return a.dtype is b.dtype and statically_known_true(sym_eq(a.shape, b.shape)) and _order(a) == _order(b)


def _order(value: torch.Tensor) -> list[int]:
    """The dimensions as they follow in memory, the outermost first."""
    strides = value.stride()
    return sorted(range(value.dim()), key=lambda dim: -plain(strides[dim]))
