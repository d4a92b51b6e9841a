"""Which bytes of a node lowering will read over several memory channels at once."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import has_free_symbols

from torch_fpga.dtypes import element_of
from torch_fpga.ops.row import nbytes
from torch_fpga.ops.support import row_of, unsupported
from torch_fpga.sharding import FEW_VECTORS, PORT_BYTES, is_sharded, lies_beside, product_of
from torch_fpga.views import View


def sharded_bytes(node: fx.Node) -> int:
    """Bytes of the matrix of a product that is sharded, or of what a kernel reads by blocks; of a map, if such a
    product reads through it.

    A product reads a matrix that is converted or scaled on the way as it lies in memory (``fold_casts``,
    ``hoist_factors`` of passes/mlir).
    """
    row = row_of(node)
    if row is None:
        return 0
    if row.multiplies:
        sharded = _sharded(node)
        return nbytes(sharded.matrix.meta["val"]) if sharded else 0
    if row.by_blocks:
        read = row.by_blocks(node)
        return sum(nbytes(source.meta["val"]) for source in read) if all(map(_is_whole_input, read)) else 0
    if row.sharded:
        return _by_rows([_Place.of(node.args[i]) for i in row.sharded])  # type: ignore[arg-type]
    if not row.casts and not row.factors:
        return 0
    sources = (sharded.through.get(node) for reader in _products_behind(node) if (sharded := _sharded(reader)))
    return max((nbytes(source.meta["val"]) for source in sources if source is not None), default=0)


def _by_rows(places: list[_Place]) -> int:
    """Bytes of a matrix ``[rows, cols]`` that meets one vector, and of scalars of its rows; 0 if it is not sharded."""
    if not all(_is_input(place.base) for place in places):
        return 0
    matrix, *beside = [(place.view.unsqueeze(0), place.base.meta["val"].element_size()) for place in places]
    if not is_sharded(matrix[0], 1, matrix[1]) or not all(lies_beside(*scalars) for scalars in beside):
        return 0
    return sum(math.prod(view.sizes) * size for view, size in (matrix, *beside))


def _products_behind(node: fx.Node) -> list[fx.Node]:
    """The products that may read what a node makes through views, conversions and factors."""
    products, seen, ahead = [], {node}, [node]
    while ahead:
        for user in ahead.pop().users:
            row = row_of(user)
            if row is None or user in seen:
                continue
            seen.add(user)
            if row.multiplies:
                products.append(user)
            elif row.is_view or row.casts or row.factors:
                ahead.append(user)
    return products


@dataclasses.dataclass(frozen=True)
class _Sharded:
    """What a sharded product reads.

    Attributes:
        matrix: as it is in the graph.
        through: the maps that it reads through, each with the tensor that is read in its place.
    """

    matrix: fx.Node
    through: dict[fx.Node, fx.Node]


def _sharded(node: fx.Node) -> _Sharded | None:
    """Of a product; None if it is not sharded."""
    left, right = node.args[-2:]
    assert isinstance(left, fx.Node)
    assert isinstance(right, fx.Node)
    if has_free_symbols(left.meta["val"]) or has_free_symbols(right.meta["val"]):
        return None  # no kernel is built; and to compare a symbolic size would make it fixed
    at = _Place.of(left), _Place.of(right)
    product = product_of(at[0].view, at[1].view)
    if product.summed:
        return None
    matrix, place = (right, at[1]) if product.turned else (left, at[0])
    place, count = _Place(place.base, product.matrix), product.vectors.sizes[1]
    through: dict[fx.Node, fx.Node] = {}
    kind = place.base.meta["val"].dtype
    while (inner := _scaled(place, count)) is not None:
        through[place.base], place = inner.base, inner
    # A map that scales may convert as well.
    if place.base.meta["val"].dtype is kind and (inner := _converted(place)) is not None:
        through[place.base], place = inner.base, inner
    if not _is_input(place.base) or not _widens(place.base.meta["val"].dtype, kind):
        return None
    element_bytes = place.base.meta["val"].element_size()
    few = count <= FEW_VECTORS  # they meet it one after the other
    return _Sharded(matrix, through) if few and is_sharded(place.view, 1, element_bytes) else None


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


def _scaled(place: _Place, count: int) -> _Place | None:
    """Where the tensor lies that a product reads in place of a scaled one; None if it reads no such.

    Args:
        place: of the matrix, ``[batch, rows, cols]``.
        count: vectors that it meets.
    """
    row, value = row_of(place.base), place.base.meta["val"]
    if row is None or not row.factors or value.dtype is not torch.float32:
        return None
    order = sorted(range(value.dim()), key=lambda axis: -value.stride(axis))
    if not value.permute(order).is_contiguous():
        return None

    def read(part: Any) -> _Place | None:
        """Of an operand of the map, what the product reads."""
        inner = _Place.of(part)
        view = inner.view.expand(list(value.shape)).permute(order).through(place.view)
        return _Place(inner.base, view) if view else None

    _, rows, cols = place.view.sizes
    for position in row.factors:
        factor, tensor = place.base.args[position], place.base.args[1 - position]
        if not isinstance(tensor, fx.Node) or (inner := read(tensor)) is None:
            continue
        strides: tuple[int, ...] = (0, 0, 0)
        if isinstance(factor, fx.Node):
            if (scale := read(factor)) is None:
                continue
            strides = scale.view.strides
        if (strides[2] == 0 and count < cols) or (strides[1] == 0 and count < rows):
            return inner
    return None


def _converted(place: _Place) -> _Place | None:
    """Where the narrow tensor lies that a product reads in place of a converted one; None if it reads no such."""
    node = place.base
    row = row_of(node)
    if row is None or not row.casts:
        return None
    source = node.args[0]
    assert isinstance(source, fx.Node)
    narrow = source.meta["val"].dtype
    if narrow is node.meta["val"].dtype or not _widens(narrow, node.meta["val"].dtype):
        return None
    inner = _Place.of(source)
    if place.view == View.whole(node.meta["val"].shape):
        return inner  # nothing stands between the conversion and the product
    return _Place(inner.base, place.view) if inner.view.same_order_as_dense([inner.extent]) else None


def _widens(narrow: torch.dtype, wide: torch.dtype) -> bool:
    """Whether a product of a type reads a matrix of another one, or of the same."""
    if narrow is wide:
        return True
    kinds = element_of(narrow), element_of(wide)
    return kinds[0] is not None and kinds[1] is not None and kinds[1].mlir in kinds[0].widens_to


def _is_whole_input(node: fx.Node) -> bool:
    """Whether a tensor is an input as it lies in memory, in whole beats a row."""
    value, place = node.meta["val"], _Place.of(node)
    beats = value.shape[-1] * value.element_size() % PORT_BYTES == 0
    return beats and _is_input(place.base) and place.view.same_order_as_dense([place.extent])


def _is_input(node: fx.Node) -> bool:
    """A tensor lies in memory as an input if it comes from outside, or from an op that only the GPU can run.

    What the FPGA can make is taken to be made in the same kernel, where it goes through scratch in one piece.
    """
    if node.op != "call_function":
        return True
    return node.meta["support"] is not None if "support" in node.meta else unsupported(node) is not None
