"""What a row of the op table says, and what its functions read of a node."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import fx
from torch._prims_common import ELEMENTWISE_TYPE_PROMOTION_KIND as PROMOTION
from torch._prims_common import elementwise_dtypes

from torch_fpga.dtypes import ALL, dtype_name
from torch_fpga.reasons import Reason

Check = Callable[[fx.Node, list[torch.Tensor], list[torch.Tensor]], Reason | None]
Flops = Callable[[fx.Node, list[torch.Tensor], list[torch.Tensor]], int]
ByBlocks = Callable[[fx.Node], list[fx.Node]]


Fusion = Literal["map", "reduction", "alone"]
"""How a GPU compiler fuses an op: elementwise, as the one reduction of a chain, or not at all."""

Conversion = Literal["first", "list", "norm"]
"""What is converted before an op of one type can stand for one that takes several.

``first``: the first operand, to the type of the result where ``dtype`` or a float result asks for it. ``list``: the
tensors of the list, to the type of the result. ``norm``: 16-bit rows beside float32 weights, to float32 and back.
"""


@dataclasses.dataclass(frozen=True)
class Op:
    """One row: what is known of an ATen overload.

    Attributes:
        target: the overload, ``aten.sum.default``.
        stage: what implements it: the name of a builder of ``torch_fpga.stages``, or ``map``, ``concat``, ``view``.
        kind: the variant of the stage; empty where there is one only.
        dtypes: the element types it takes.
        check: why a node of these types cannot run; None where every node can.
        flops: operations of a node, a multiply-add is two; None where nothing is computed.
        fusion: how a GPU compiler fuses it.
        gpu_kernels: kernels that a GPU launches for it.
        irregular: it reads at addresses that depend on data, and of its first operand only what is asked for.
        selects: it gives the indices of elements that it chose; of two equal elements either is right.
        is_view: it moves no data, it only views its operand.
        converts: what is converted before; None where all operands have the right type already.
        checks_numbers: the numbers among its arguments must fit the type that it computes in.
        multiplies: its last two operands, ``left @ right``.
        expr: of a map, the scalar expression.
        promotion: of a map, how operands are promoted; None where they keep the types they have.
        condition: of a map, the place of the operand that is a condition and takes no part in promotion.
        wide_second: of a map, a number as second operand stays float32 beside 16-bit floats; PyTorch rounds every other
            number to the type of the tensors it meets.
        creates: of a map, it makes its elements from numbers alone: ``expr`` takes an element's place before the
            arguments.
        by_blocks: of a node, the tensors that its kernel reads by blocks of rows, where they lie in memory as they are;
            a product of one vector says so by ``multiplies``.
        casts: of a map, it changes nothing but the element type.
        sharded: of an op with a stage of its own, the operands whose rows are read over several memory channels if the
            first of them is large.
        factors: of a map, the operands that can be a factor of the other one, which the sum of a product may leave out
            until the end.
    """

    target: str
    stage: str
    kind: str = ""
    dtypes: tuple[torch.dtype, ...] = ALL
    check: Check | None = None
    flops: Flops | None = None
    fusion: Fusion = "alone"
    gpu_kernels: int = 1
    irregular: bool = False
    selects: bool = False
    is_view: bool = False
    converts: Conversion | None = None
    checks_numbers: bool = False
    multiplies: bool = False
    expr: Callable[..., Any] | None = None
    promotion: PROMOTION | None = None
    condition: int | None = None
    wide_second: bool = False
    creates: bool = False
    by_blocks: ByBlocks | None = None
    casts: bool = False
    sharded: tuple[int, ...] = ()
    factors: tuple[int, ...] = ()


def tensors_in(node: fx.Node) -> list[torch.Tensor]:
    """The fake tensors a node reads, one for each different producer."""
    return [v for n in node.all_input_nodes if isinstance(v := n.meta.get("val"), torch.Tensor)]


def tensors_out(node: fx.Node) -> list[torch.Tensor]:
    """The fake tensors a node makes."""
    value = node.meta.get("val")
    return [v for v in (value if isinstance(value, (tuple, list)) else [value]) if isinstance(v, torch.Tensor)]


def sizes_of(tensor: torch.Tensor) -> tuple[int, ...]:
    """A tensor's sizes as plain numbers, for estimates: to compare a symbolic size would fix it for good."""
    return tuple(map(plain, tensor.shape))


def plain(size: int | torch.SymInt) -> int:
    """A symbolic size by its hint, the size in the call that is compiled; 1 where it has none."""
    return size if isinstance(size, int) else (size.node.hint or 1)


def nbytes(tensor: torch.Tensor) -> int:
    """Bytes of a tensor's elements."""
    return math.prod(sizes_of(tensor)) * tensor.element_size()


def computed_in(node: fx.Node, row: Op) -> torch.dtype:
    """The type that PyTorch brings the operands of an elementwise op to."""
    if row.promotion is not PROMOTION.ALWAYS_BOOL:
        return node.meta["val"].dtype
    operands = [arg for arg in node.args if is_operand(arg)]
    values = [arg.meta["val"] if isinstance(arg, fx.Node) else arg for arg in operands]
    return elementwise_dtypes(*values, type_promotion_kind=PROMOTION.DEFAULT)[1]


def is_operand(argument: object) -> bool:
    """A tensor or a number, of the arguments of an elementwise op."""
    return isinstance(argument, (fx.Node, bool, int, float))


def fits(number: Any, kind: torch.dtype) -> bool:
    """Whether ``kind`` has the number, rounded where it is a float. An infinity fits a float."""
    if isinstance(number, complex) or kind is torch.bool:
        return kind is torch.bool
    limits = torch.finfo(kind) if kind.is_floating_point else torch.iinfo(kind)
    return limits.min <= number <= limits.max or (kind.is_floating_point and not math.isfinite(number))


def mixed(what: str, *kinds: torch.dtype) -> Reason:
    """Operands of types that do not go together: PyTorch promotes nothing here, and raises for most."""
    return Reason("unsupported-dtype", f"{what} of {' and '.join(map(dtype_name, dict.fromkeys(kinds)))}")


# Operations counted for the roofline: a multiply-add is two.


def per_output(count: int) -> Flops:
    """``count`` operations for each element of the result."""
    return lambda node, ins, outs: count * outs[0].numel()


def per_input(count: int) -> Flops:
    """``count`` operations for each element of the first operand."""
    return lambda node, ins, outs: count * ins[0].numel()
