"""Which bytes of a node lowering will read over several memory channels at once."""

from __future__ import annotations

import dataclasses

import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import has_free_symbols

from torch_fpga.dtypes import element_of
from torch_fpga.ops.row import nbytes
from torch_fpga.ops.support import row_of, unsupported
from torch_fpga.sharding import is_sharded, product_of
from torch_fpga.views import View


def sharded_bytes(node: fx.Node) -> int:
    """Bytes of the matrix of a product that is sharded; of a conversion, if such a product reads through it.

    A product reads a matrix that is converted on the way as it lies in memory, and does the conversion itself.
    """
    row = row_of(node)
    if row is None:
        return 0
    if row.casts:
        readers = (user for value in (node, *_views_of(node)) for user in value.users)
        source = node.args[0]
        assert isinstance(source, fx.Node)
        return nbytes(source.meta["val"]) if any(_sharded(reader, node) for reader in readers) else 0
    matrix = _sharded(node)
    return 0 if matrix is None else nbytes(matrix.meta["val"])


def _views_of(node: fx.Node) -> list[fx.Node]:
    views = [user for user in node.users if (row := row_of(user)) and row.is_view]
    return [*views, *(further for view in views for further in _views_of(view))]


def _sharded(node: fx.Node, through: fx.Node | None = None) -> fx.Node | None:
    """The matrix of a product if it is sharded; with ``through``, if it is read through that conversion besides."""
    row = row_of(node)
    if row is None or not row.multiplies:
        return None
    left, right = node.args[-2:]
    assert isinstance(left, fx.Node)
    assert isinstance(right, fx.Node)
    if has_free_symbols(left.meta["val"]) or has_free_symbols(right.meta["val"]):
        return None  # no kernel is built; and to compare a symbolic size would make it fixed
    at = _Place.of(left), _Place.of(right)
    product = product_of(at[0].view, at[1].view)
    matrix, place = (right, at[1]) if product.turned else (left, at[0])
    view = product.matrix
    if through is not None and through is not place.base:
        return None
    if (narrow := _narrow(place.base)) is not None:
        inner = _Place.of(narrow)
        if view == View.whole(place.base.meta["val"].shape):
            view = inner.view  # nothing stands between the conversion and the product
        elif not inner.view.same_order_as_dense([inner.extent]):
            return None
        place = inner
    if product.summed or not _is_input(place.base):
        return None
    count, element_bytes = product.vectors.sizes[1], place.base.meta["val"].element_size()
    return matrix if is_sharded(view, count, element_bytes) else None


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where a tensor lies in what it is a view of."""

    base: fx.Node
    view: View

    @staticmethod
    def of(node: fx.Node) -> _Place:
        base = node
        while (row := row_of(base)) is not None and row.is_view:
            base = base.all_input_nodes[0]
        value: torch.Tensor = node.meta["val"]
        offset = value.storage_offset() - base.meta["val"].storage_offset()
        return _Place(base, View(offset, tuple(value.shape), value.stride()))

    @property
    def extent(self) -> int:
        """Elements from the first to the last of the base in memory."""
        value: torch.Tensor = self.base.meta["val"]
        return 1 + sum((n - 1) * s for n, s in zip(value.shape, value.stride(), strict=True))


def _narrow(node: fx.Node) -> fx.Node | None:
    """What a conversion reads that a product does itself; None for anything else."""
    row = row_of(node)
    if row is None or not row.casts:
        return None
    source = node.args[0]
    assert isinstance(source, fx.Node)
    narrow, wide = element_of(source.meta["val"].dtype), element_of(node.meta["val"].dtype)
    return source if narrow is not None and wide is not None and wide.mlir in narrow.widens_to else None


def _is_input(node: fx.Node) -> bool:
    """A tensor lies in memory as an input if it comes from outside, or from an op that only the GPU can run.

    What the FPGA can make is taken to be made in the same kernel, where it goes through scratch in one piece.
    """
    if node.op != "call_function":
        return True
    return node.meta["support"] is not None if "support" in node.meta else unsupported(node) is not None
