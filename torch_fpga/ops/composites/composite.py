"""What a composite is: a PyTorch function that is pattern, fallback and reference of one operator at once."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import fx

from torch_fpga.ops.row import ByBlocks, Check, Op
from torch_fpga.reasons import Reason

_library = torch.library.Library("torch_fpga", "FRAGMENT")


@dataclasses.dataclass(frozen=True)
class Like:
    """A tensor of an example call: how many elements it has in each dimension, and of which type."""

    sizes: tuple[int, ...]
    dtype: torch.dtype = torch.float32

    def to(self, dtype: torch.dtype) -> Like:
        return dataclasses.replace(self, dtype=dtype)


def like(*sizes: int, dtype: torch.dtype = torch.float32) -> Like:
    """A ``Like``."""
    return Like(sizes, dtype)


@dataclasses.dataclass(frozen=True)
class Form:
    """One way in which models write a composite: an example call, and the function that says how.

    Attributes:
        arguments: tensors as ``Like``, and numbers. A float stands for any; take one that occurs nowhere else in
            ``written``, for it is known by its value. Everything else (sizes, types, strides) is looked at again once
            the form is found, for the tensors that are there.
        written: takes the arguments of the composite's body. None for the body itself.
    """

    arguments: tuple[Any, ...]
    written: Callable[..., torch.Tensor] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Composite:
    """An operator ``torch_fpga::NAME``, NAME being that of ``body``.

    Attributes:
        body: the plain PyTorch function, with types, that makes one new tensor. It is what the op gives: eager
            PyTorch runs it, and so does a dense region.
        forms: how models write it.
        stages: the same for a kernel, of ops that have rows, where the body has others; None for the body itself.
        by_blocks: the tensors of a node that a kernel reads by blocks of rows; None where there is no such.
        fuses: what a fusing GPU compiler makes of it: a ``map``, a ``reduction``, or a kernel of its own (``opaque``).
        marked_by: an overload that every form calls and few models do, so that the forms are traced only where it is
            called; None to trace them always.
        stage: the builder of a stage that a kernel is made with instead of the parts; None where it is of the parts.
        check: why the stage cannot have a call whose parts could be in a kernel; None where it can have every one.
    """

    body: Callable[..., torch.Tensor]
    forms: Sequence[Form]
    stages: Callable[..., torch.Tensor] | None = None
    fuses: Literal["map", "reduction", "opaque"] = "map"
    by_blocks: ByBlocks | None = None
    marked_by: str | None = None
    stage: str | None = None
    check: Check | None = None

    def __post_init__(self) -> None:
        name = self.body.__name__
        _library.define(name + torch.library.infer_schema(self.body, mutates_args=()))
        _library.impl(name, self.body, "CompositeExplicitAutograd")
        torch.library.register_fake(f"torch_fpga::{name}", self.body, lib=_library)

    @functools.cached_property
    def op(self) -> Any:
        """The overload that graphs call."""
        return getattr(torch.ops.torch_fpga, self.body.__name__).default

    @property
    def target(self) -> str:
        return str(self.op)

    @property
    def row(self) -> Op:
        """Its row in the op table. Types and forms are those of its parts, and so are the operations it counts."""
        if self.stage is None:
            return Op(self.target, "composite", self.fuses, check=_is_known, flops=_counted, by_blocks=self.by_blocks)
        return Op(self.target, self.stage, check=_is_known, flops=_counted, sharded=(0, 1))


def _is_known(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    return None if "flops" in node.meta else Reason("unsupported-form", "a part of it has no FPGA stage")


def _counted(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> int:
    """What was counted of the parts when the composite was found."""
    return int(node.meta.get("flops", 0))
