"""Affine views: which element of a dense tensor each position of a view reads. NumPy does the stride arithmetic."""

from __future__ import annotations

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class View:
    """``sizes`` positions, each reading element ``offset + sum(index * stride)`` of its base."""

    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]

    def __post_init__(self) -> None:
        # The stride of a size of one means nothing; zero makes equal views compare equal.
        object.__setattr__(
            self, "strides", tuple(0 if n == 1 else s for n, s in zip(self.sizes, self.strides, strict=True))
        )

    @staticmethod
    def whole(sizes: list[int] | tuple[int, ...]) -> View:
        """The view that is the dense tensor itself."""
        return View(0, tuple(sizes), tuple(row_major(list(sizes))))

    def array(self) -> np.ndarray:
        """A one-byte-per-element array of this shape and these strides; its memory must not be touched."""
        return np.lib.stride_tricks.as_strided(np.empty(1, np.int8), self.sizes, self.strides)

    def of(self, array: np.ndarray) -> View:
        """The view that ``array``, made from ``self.array()`` by NumPy without moving its start, describes."""
        return View(self.offset, array.shape, array.strides)

    def permute(self, order: list[int]) -> View:
        return self.of(self.array().transpose(order))

    def expand(self, sizes: list[int]) -> View:
        """As torch.expand: -1 keeps a size, new dimensions come first."""
        old = (1,) * (len(sizes) - len(self.sizes)) + self.sizes
        return self.of(np.broadcast_to(self.array(), [o if n == -1 else n for n, o in zip(sizes, old, strict=True)]))

    def slice(self, axis: int, start: int, stop: int, step: int) -> View:
        n = self.sizes[axis]
        start, stop, step = slice(start, stop, step).indices(n)
        sizes, strides = list(self.sizes), list(self.strides)
        sizes[axis], strides[axis] = len(range(start, stop, step)), strides[axis] * step
        return View(self.offset + start * self.strides[axis], tuple(sizes), tuple(strides))

    def select(self, axis: int, index: int) -> View:
        index += self.sizes[axis] if index < 0 else 0
        drop = [i for i in range(len(self.sizes)) if i != axis]
        return View(
            self.offset + index * self.strides[axis],
            tuple(self.sizes[i] for i in drop),
            tuple(self.strides[i] for i in drop),
        )

    def unsqueeze(self, axis: int) -> View:
        return self.of(np.expand_dims(self.array(), axis))

    def squeeze(self, axes: list[int]) -> View:
        return self.of(self.array().squeeze(tuple(a for a in axes if self.sizes[a] == 1)))

    def diagonal(self, offset: int, first: int, second: int) -> View:
        """As torch.diagonal: the elements where the two axes meet, as a last dimension."""
        view = self.of(self.array().diagonal(offset, first, second))
        start = max(-offset, 0) * self.strides[first] + max(offset, 0) * self.strides[second]
        return View(self.offset + start, view.sizes, view.strides)

    def unfold(self, axis: int, size: int, step: int) -> View:
        """As torch.Tensor.unfold: windows along ``axis``, their elements as a last dimension."""
        windows = np.lib.stride_tricks.sliding_window_view(self.array(), size, axis)
        return self.of(windows[(slice(None),) * axis + (slice(None, None, step),)])

    def reshape(self, sizes: list[int]) -> View | None:
        """The same elements in another shape; None if no strides can say it."""
        try:
            return self.of(self.array().reshape(sizes, copy=False))
        except ValueError:
            return None

    def through(self, reader: View) -> View | None:
        """What ``reader``, a view of a dense tensor of these sizes, reads of this view's base.

        None where ``reader`` is more than a reshape, a permutation and dimensions that repeat, or no strides say it.
        """
        again = [
            axis for axis, (n, step) in enumerate(zip(reader.sizes, reader.strides, strict=True)) if n > 1 and step == 0
        ]
        if again:
            kept = [axis for axis in range(len(reader.sizes)) if axis not in again]
            once = View(reader.offset, *(tuple(each[axis] for axis in kept) for each in (reader.sizes, reader.strides)))
            seen = self.through(once)
            return seen and seen.repeated({axis: reader.sizes[axis] for axis in again})
        order = sorted(range(len(reader.sizes)), key=lambda axis: -reader.strides[axis])
        if not reader.permute(order).same_order_as_dense(list(self.sizes)):
            return None
        inner = self.reshape([reader.sizes[axis] for axis in order])
        return inner.permute(sorted(range(len(order)), key=order.__getitem__)) if inner else None

    def repeated(self, sizes: dict[int, int]) -> View:
        """With dimensions that repeat the rest, of such sizes at such places."""
        new_sizes, strides = list(self.sizes), list(self.strides)
        for axis, size in sorted(sizes.items()):
            new_sizes.insert(axis, size)
            strides.insert(axis, 0)
        return View(self.offset, tuple(new_sizes), tuple(strides))

    def same_order_as_dense(self, base: list[int]) -> bool:
        """True if the view reads all of a dense ``base`` in its own order: a mere reshape."""
        return (
            self.offset == 0
            and math.prod(self.sizes) == math.prod(base)
            and self.strides == View.whole(self.sizes).strides
        )


def row_major(sizes: list[int]) -> list[int]:
    """The strides of a contiguous tensor, in elements."""
    strides, step = [], 1
    for size in reversed(sizes):
        strides.append(step)
        step *= size
    return strides[::-1]
