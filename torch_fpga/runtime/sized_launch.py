"""A region whose sizes vary from call to call, as a callable: which kernel a call's sizes go to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from torch_fpga.errors import FpgaError
from torch_fpga.runtime.launch import Launch
from torch_fpga.runtime.signature import Signature

BEYOND = "beyond-bound"
"""The code of the error for a size that no kernel was made for."""

_KEPT = 256
"""Sizes of which it is remembered which kernel they go to."""


class SizedLaunch:
    """Takes the arguments of a region, numbers among them, and launches the first of some kernels that fits the sizes.

    Kernels whose rows are in blocks do not fit where a block would be empty. All count as the first one.

    Args:
        launches: of the kernels.
        given: for each extent which argument of the region it is, and what the user calls it.
    """

    def __init__(self, launches: Sequence[tuple[Signature, Launch]], given: Sequence[tuple[int, str]]) -> None:
        (signature, first), *_ = launches
        self._extents, self._launches, self._given = signature.extents, launches, given
        for _, launch in launches:
            launch.count = first.count
        self._known: dict[tuple[int, ...], Launch] = {}

    def _chosen(self, sizes: tuple[int, ...]) -> Launch:
        """Raises FpgaError for sizes above a bound, or without any rows."""
        for extent, size, (_, name) in zip(self._extents, sizes, self._given, strict=True):
            if size > extent.bound:
                raise FpgaError(
                    f"{name} is {size}, and the kernel was made for at most {extent.bound}",
                    code=BEYOND,
                    hint=f"say how large it may become: options={{'bounds': {{{name!r}: {size}}}}}",
                )
        for signature, launch in self._launches:
            if fits(signature, sizes):
                return launch
        raise FpgaError(f"{_said(self._given, sizes)} leaves a tensor without rows", code=BEYOND)

    def __call__(self, *arguments: Any) -> tuple[torch.Tensor, ...]:
        sizes = tuple(arguments[place] for place, _ in self._given)
        tensors = (argument for argument in arguments if isinstance(argument, torch.Tensor))
        if (launch := self._known.get(sizes)) is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            launch = self._known[sizes] = self._chosen(sizes)
        return launch(*tensors, sizes=sizes)


def _said(given: Sequence[tuple[int, str]], sizes: tuple[int, ...]) -> str:
    return ", ".join(f"{name} = {size}" for (_, name), size in zip(given, sizes, strict=True))


def fits(signature: Signature, sizes: tuple[int, ...]) -> bool:
    """Whether every task of a kernel has something to do: else a block of rows is empty, and those before it are not
    what its formulas say."""
    return all(scalar.value >= scalar.least for scalar in signature.at(sizes).scalars)
