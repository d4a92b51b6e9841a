"""THE op table: one row for each ATen overload that can run on the FPGA.

A row says which stage of the ``mem`` dialect implements the op, which element types it takes, what it costs and
which forms are out of reach. PyTorch's own operator is the reference: shapes and result types come from its fake
tensors, and the numeric tests compare every row with it.

Arguments of a row's functions follow the operator's schema. An elementwise row is an expression over a builder
``f`` whose methods are the scalar functions of hls_lib's math.hpp.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import fx
from torch._prims_common import ELEMENTWISE_TYPE_PROMOTION_KIND as PROMOTION
from torch._prims_common import elementwise_dtypes

from torch_fpga.reasons import Reason
from torch_fpga.targets.model import Work

FLOATS = (torch.float32, torch.float16, torch.bfloat16)
INTS = (torch.int8, torch.int32, torch.int64)
ALL = (*FLOATS, *INTS, torch.bool)

MAX_COLS = 1 << 16
"""Elements of the longest row an on-chip row buffer takes (softmax, norms, the vectors of a matmul)."""
MAX_K = 4096
"""The largest k of the top-k template."""
MAX_VECTORS = 32
"""How many vectors a streamed matrix meets at once; more is compute-bound and belongs on the GPU."""
MAX_INPUTS = 8
"""Inputs of one map or concat stage."""
CHANNELS = 16
"""HBM channels a large matrix is dealt over; each has a load and a matmul of its own."""
DEAL_BYTES = 1 << 20
"""A matrix from this size on is dealt: below it one channel is done before a launch is paid for."""

Check = Callable[[fx.Node, list[torch.Tensor], list[torch.Tensor]], Reason | None]
Flops = Callable[[fx.Node, list[torch.Tensor], list[torch.Tensor]], int]


@dataclasses.dataclass(frozen=True)
class Op:
    """One row. ``expr``, ``promotion`` and ``wide_second`` belong to maps, ``kind`` is the variant of the stage.

    ``promotion`` is None where operands keep the types they have. ``wide_second``: a number as second operand stays
    float32 beside 16-bit floats; PyTorch rounds every other number to the type of the tensors it meets.
    """

    target: str
    stage: str
    kind: str = ""
    dtypes: tuple[torch.dtype, ...] = ALL
    expr: Callable[..., Any] | None = None
    promotion: PROMOTION | None = None
    wide_second: bool = False
    check: Check | None = None
    flops: Flops | None = None
    gpu_kernels: int = 1
    irregular: bool = False

    @property
    def free(self) -> bool:
        """Views move no data."""
        return self.stage == "view"


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


def dtype_name(kind: torch.dtype) -> str:
    """``torch.float16`` as float16."""
    return str(kind).removeprefix("torch.")


def is_operand(argument: object) -> bool:
    """A tensor or a number, of the arguments of an elementwise op."""
    return isinstance(argument, (fx.Node, bool, int, float))


# Checks: what a row cannot do, beyond element types.


def _row_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    dim = node.args[1] if len(node.args) > 1 and isinstance(node.args[1], int) else -1
    cols = ins[0].shape[dim] if ins[0].dim() else 1
    return Reason("too-large", f"rows of {cols} elements, at most {MAX_COLS}") if cols > MAX_COLS else None


def _norm_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    cols = math.prod(node.args[1])  # type: ignore[arg-type]
    return Reason("too-large", f"rows of {cols} elements, at most {MAX_COLS}") if cols > MAX_COLS else None


def _topk_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    k = node.args[1]
    return Reason("too-large", f"k={k}, at most {MAX_K}") if isinstance(k, int) and k > MAX_K else None


def _product_fits(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    if node.kwargs.get("alpha", 1) == 0:
        return Reason("unsupported-form", "alpha=0: what happens to a NaN in the product depends on the type")
    left, right = [n.meta["val"] for n in node.args[-2:]]  # type: ignore[union-attr]
    inner = left.shape[-1]
    few = min(left.shape[-2] if left.dim() > 1 else 1, right.shape[-1] if right.dim() > 1 else 1)
    if few > MAX_VECTORS:
        return Reason("unsupported-form", f"both sides have more than {MAX_VECTORS} rows; that is dense work")
    widest = max(inner, right.shape[-1] if right.dim() > 1 else 1, left.shape[-2] if left.dim() > 1 else 1)
    if inner > MAX_COLS or few * min(widest, MAX_COLS + 1) > MAX_COLS * MAX_VECTORS:
        return Reason("too-large", f"an inner size of {inner}, at most {MAX_COLS}")
    return None


def _index_form(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    indices = list(node.args[1])  # type: ignore[arg-type]
    given = [i for i, index in enumerate(indices) if index is not None]
    if any(indices[i].meta["val"].dtype is torch.bool for i in given):
        return Reason("unsupported-form", "a boolean mask gives a size that depends on the data")
    if len(given) != 1:
        return Reason("unsupported-form", f"{len(given)} index tensors at once; one is supported")
    return None


def _few_inputs(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    count = len(node.args[0])  # type: ignore[arg-type]
    return Reason("unsupported-form", f"{count} tensors, at most {MAX_INPUTS}") if count > MAX_INPUTS else None


def _numbers_fit(node: fx.Node, row: Op) -> Reason | None:
    """A number that its type cannot hold is an error in some of PyTorch's ops, and wraps or saturates in others."""
    kind = computed_in(node, row)
    numbers: list[Any] = [x for x in (*node.args, *node.kwargs.values()) if isinstance(x, (int, float, complex))]
    outside = next((number for number in numbers if not _fits(number, kind)), None)
    return (
        None if outside is None else Reason("unsupported-form", f"{outside} is out of the range of {dtype_name(kind)}")
    )


def _fits(number: Any, kind: torch.dtype) -> bool:
    if isinstance(number, complex) or kind is torch.bool:
        return kind is torch.bool
    limits = torch.finfo(kind) if kind.is_floating_point else torch.iinfo(kind)
    return limits.min <= number <= limits.max or (kind.is_floating_point and not math.isfinite(number))


def _no_bools(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    if any(isinstance(arg, bool) for arg in node.args):
        return Reason("unsupported-form", "PyTorch subtracts no bool")
    return None


def _same_type(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    value = node.args[2].meta["val"]  # type: ignore[union-attr]
    if value.dtype != outs[0].dtype:
        return Reason(
            "unsupported-form", f"a value of {dtype_name(value.dtype)} that {dtype_name(outs[0].dtype)} may not hold"
        )
    return None


def _whole_power(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    if outs[0].dtype.is_floating_point or node.args[1] in (1, 2):
        return None
    return Reason("unsupported-form", f"integers to the power {node.args[1]}; 1 and 2 are supported")


def _rounding(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    mode = node.kwargs.get("rounding_mode")
    return Reason("unsupported-form", f"rounding_mode={mode!r}") if mode else None


def _same_device(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> Reason | None:
    if "device" in node.kwargs and node.kwargs["device"] not in (None, ins[0].device):
        return Reason("unsupported-form", "moves a tensor between devices")
    return None


# Operations counted for the roofline: a multiply-add is two.


def _per_output(count: int) -> Flops:
    return lambda node, ins, outs: count * outs[0].numel()


def _per_input(count: int) -> Flops:
    return lambda node, ins, outs: count * ins[0].numel()


def _product_flops(node: fx.Node, ins: list[torch.Tensor], outs: list[torch.Tensor]) -> int:
    left = node.args[-2].meta["val"]  # type: ignore[union-attr]
    return 2 * outs[0].numel() * left.shape[-1]


# Rows.


def _map(target: str, expr: Callable[..., Any], dtypes: tuple[torch.dtype, ...] = ALL, **more: Any) -> Op:
    more.setdefault("promotion", PROMOTION.DEFAULT)
    more.setdefault("flops", _per_output(1))
    return Op(f"aten.{target}", "map", dtypes=dtypes, expr=expr, **more)


_TO_FLOAT: dict[str, Any] = {"promotion": PROMOTION.INT_TO_FLOAT}
_TO_BOOL: dict[str, Any] = {"promotion": PROMOTION.ALWAYS_BOOL}
# Operations a transcendental costs on the FPGA's DSPs, about what an exponential takes (methods-and-hardware, 1.3).
_COSTLY: dict[str, Any] = {**_TO_FLOAT, "flops": _per_output(8)}
_NUMBERS = (*FLOATS, *INTS)


def _scaled(f: Any, value: Any, alpha: Any) -> Any:
    return value if alpha == 1 else f.mul(value, alpha)


def _clamp(f: Any, x: Any, low: Any = None, high: Any = None) -> Any:
    x = x if low is None else f.maximum(x, low)
    return x if high is None else f.minimum(x, high)


def _pow(f: Any, x: Any, exponent: Any) -> Any:
    simple = {1: lambda: x, 2: lambda: f.mul(x, x), 0.5: lambda: f.sqrt(x), -1: lambda: f.reciprocal(x)}
    return simple.get(exponent, lambda: f.pow(x, exponent))()


_UNARY = [
    _map("neg.default", lambda f, x: f.neg(x), _NUMBERS),
    _map("abs.default", lambda f, x: f.abs(x), _NUMBERS),
    _map("relu.default", lambda f, x: f.relu(x), _NUMBERS),
    _map("exp.default", lambda f, x: f.exp(x), **_COSTLY),
    _map("log.default", lambda f, x: f.log(x), **_COSTLY),
    _map("log1p.default", lambda f, x: f.log1p(x), **_COSTLY),
    _map("sqrt.default", lambda f, x: f.sqrt(x), **_COSTLY),
    _map("rsqrt.default", lambda f, x: f.rsqrt(x), **_COSTLY),
    _map("reciprocal.default", lambda f, x: f.reciprocal(x), **_COSTLY),
    _map("sigmoid.default", lambda f, x: f.sigmoid(x), **_COSTLY),
    _map("tanh.default", lambda f, x: f.tanh(x), **_COSTLY),
    _map("sin.default", lambda f, x: f.sin(x), **_COSTLY),
    _map("cos.default", lambda f, x: f.cos(x), **_COSTLY),
    _map("silu.default", lambda f, x: f.silu(x), FLOATS, flops=_per_output(8)),
    _map(
        "gelu.default",
        lambda f, x, approximate: f.gelu(x) if approximate == "none" else f.gelu_tanh(x),
        FLOATS,
        flops=_per_output(8),
    ),
    _map("logical_not.default", lambda f, x: f.logical_not(x), **_TO_BOOL),
    _map("bitwise_not.default", lambda f, x: f.bitwise_not(x), (*INTS, torch.bool)),
]
_BINARY = [
    row
    for form in ("Tensor", "Scalar")
    for row in [
        _map(f"add.{form}", lambda f, x, y, alpha: f.add(x, _scaled(f, y, alpha))),
        _map(f"sub.{form}", lambda f, x, y, alpha: f.sub(x, _scaled(f, y, alpha)), _NUMBERS, check=_no_bools),
        _map(f"rsub.{form}", lambda f, x, y, alpha: f.sub(y, _scaled(f, x, alpha)), _NUMBERS, check=_no_bools),
        _map(f"mul.{form}", lambda f, x, y: f.mul(x, y), wide_second=True),
        _map(f"div.{form}", lambda f, x, y: f.div(x, y), check=_rounding, wide_second=True, **_TO_FLOAT),
        *(
            _map(f"{fn}.{form}", lambda f, x, y, fn=fn: getattr(f, fn)(x, y), **_TO_BOOL)
            for fn in ("eq", "ne", "lt", "le", "gt", "ge")
        ),
        *(
            _map(f"{fn}.{form}", lambda f, x, y, fn=fn: getattr(f, fn)(x, y), (*INTS, torch.bool))
            for fn in ("bitwise_and", "bitwise_or", "bitwise_xor")
        ),
    ]
]
_MORE_MAPS = [
    _map("maximum.default", lambda f, x, y: f.maximum(x, y)),
    _map("minimum.default", lambda f, x, y: f.minimum(x, y)),
    _map("logical_and.default", lambda f, x, y: f.logical_and(x, y), **_TO_BOOL),
    _map("logical_or.default", lambda f, x, y: f.logical_or(x, y), **_TO_BOOL),
    _map("pow.Tensor_Scalar", _pow, check=_whole_power, flops=_per_output(2)),
    _map("clamp.default", _clamp, _NUMBERS),
    _map("clamp.Tensor", _clamp, _NUMBERS),
    _map("clamp_min.default", lambda f, x, low: f.maximum(x, low), _NUMBERS),
    _map("clamp_max.default", lambda f, x, high: f.minimum(x, high), _NUMBERS),
    _map("where.self", lambda f, c, x, y: f.where(c, x, y)),
    _map("where.ScalarOther", lambda f, c, x, y: f.where(c, x, y)),
    _map("where.ScalarSelf", lambda f, c, x, y: f.where(c, x, y)),
    _map("where.Scalar", lambda f, c, x, y: f.where(c, x, y), promotion=None),
    _map("masked_fill.Scalar", lambda f, x, mask, value: f.where(mask, value, x)),
    _map("masked_fill.Tensor", lambda f, x, mask, value: f.where(mask, value, x), check=_same_type),
    _map("_to_copy.default", lambda f, x, *rest: x, promotion=None, check=_same_device),
    _map("clone.default", lambda f, x, *rest: x, promotion=None),
]
_REDUCTIONS = [
    Op("aten.sum.default", "reduce", "sum", flops=_per_input(1)),
    Op("aten.sum.dim_IntList", "reduce", "sum", flops=_per_input(1)),
    Op("aten.mean.default", "reduce", "mean", FLOATS, flops=_per_input(1)),
    Op("aten.mean.dim", "reduce", "mean", FLOATS, flops=_per_input(1)),
    Op("aten.amax.default", "reduce", "max", flops=_per_input(1)),
    Op("aten.amin.default", "reduce", "min", flops=_per_input(1)),
    Op("aten.argmax.default", "reduce", "argmax", _NUMBERS, flops=_per_input(1)),
    Op("aten.argmin.default", "reduce", "argmin", _NUMBERS, flops=_per_input(1)),
    Op("aten.any.dim", "reduce", "any", flops=_per_input(1)),
    Op("aten.any.default", "reduce", "any", flops=_per_input(1)),
]
_ROWWISE = [
    Op("aten.softmax.int", "softmax", "", FLOATS, check=_row_fits, flops=_per_input(11)),
    Op("aten.layer_norm.default", "layer_norm", "", FLOATS, check=_norm_fits, flops=_per_input(7)),
    Op("aten.rms_norm.default", "rms_norm", "", FLOATS, check=_norm_fits, flops=_per_input(5)),
    Op("aten.topk.default", "topk", "", _NUMBERS, check=_topk_fits, flops=_per_input(1), gpu_kernels=3),
    Op("aten.cumsum.default", "cumsum", "", flops=_per_input(1), gpu_kernels=2),
]
_PRODUCTS = [
    Op(f"aten.{target}", "matmul", kind, _NUMBERS, check=_product_fits, flops=_product_flops)
    for target, kind in [
        ("mm.default", ""),
        ("mv.default", ""),
        ("bmm.default", ""),
        ("dot.default", ""),
        ("addmm.default", "bias"),
        ("addmv.default", "bias"),
        ("baddbmm.default", "bias"),
    ]
]
_GATHERS = [
    Op("aten.gather.default", "gather", irregular=True),
    Op("aten.index_select.default", "select", "", irregular=True),
    Op("aten.embedding.default", "embedding", "", irregular=True),
    Op("aten.index.Tensor", "index", "", check=_index_form, irregular=True),
]
_SHAPES = [
    Op("aten.cat.default", "concat", "cat", check=_few_inputs),
    Op("aten.stack.default", "concat", "stack", check=_few_inputs),
    *(
        Op(f"aten.{target}", "view", target.split(".")[0])
        for target in [
            "view.default",
            "_unsafe_view.default",
            "permute.default",
            "t.default",
            "transpose.int",
            "expand.default",
            "unsqueeze.default",
            "squeeze.dim",
            "squeeze.dims",
            "slice.Tensor",
            "select.int",
            "alias.default",
            "detach.default",
        ]
    ),
]

OPS: dict[str, Op] = {
    row.target: row
    for row in [*_UNARY, *_BINARY, *_MORE_MAPS, *_REDUCTIONS, *_ROWWISE, *_PRODUCTS, *_GATHERS, *_SHAPES]
}


def row_of(node: fx.Node) -> Op | None:
    """The row of a call_function node; None if the table has none. The parts of a tuple belong to its producer."""
    return OPS.get(str(node.target)) if node.op == "call_function" else None


def unsupported(node: fx.Node) -> Reason | None:
    """Why the FPGA cannot run ``node``; None if it can."""
    row = row_of(node)
    if row is None:
        return Reason("unsupported-op", str(node.target))
    ins, outs = tensors_in(node), tensors_out(node)
    if not outs:
        return Reason("unsupported-form", "makes no tensor")
    if len(ins) != len(node.all_input_nodes):
        return Reason("dynamic-shape", "an argument is a number known only at run time")
    for tensor in (*ins, *outs):
        if tensor.layout is not torch.strided or tensor.is_quantized:
            return Reason("unsupported-layout", str(tensor.layout))
        if tensor.dtype not in ALL:
            return Reason("unsupported-dtype", str(tensor.dtype))
        if not all(isinstance(size, int) for size in (*tensor.shape, *tensor.stride())):
            return Reason("dynamic-shape", f"{tuple(tensor.shape)}")
        if tensor.numel() == 0:
            return Reason("zero-size", f"{tuple(tensor.shape)}")
        if tensor.is_conj() or tensor.is_neg():
            return Reason("unsupported-layout", "a lazily conjugated or negated tensor")
    if ins and ins[0].dtype not in row.dtypes and row.stage not in ("view", "concat"):
        return Reason("unsupported-dtype", f"{ins[0].dtype} for {node.target}")
    if (row.stage == "map" or row.kind == "bias") and (reason := _numbers_fit(node, row)):
        return reason
    return row.check(node, ins, outs) if row.check else None


def work_of(node: fx.Node) -> Work:
    """What a node costs by itself: unfused bytes, operations, kernels a GPU would launch."""
    row = row_of(node)
    ins, outs = tensors_in(node), tensors_out(node)
    if row and row.free:
        return Work(gpu_kernels=0)
    written = sum(map(nbytes, outs))
    read = sum(map(nbytes, ins))
    if row and row.irregular:
        # Only the rows that are asked for are read, not the whole table.
        read = written + sum(map(nbytes, ins[1:]))
    symbolic = not all(isinstance(size, int) for t in (*ins, *outs) for size in t.shape)
    flops = row.flops(node, ins, outs) if row and row.flops and outs and not symbolic else _guess_flops(node, outs)
    return Work(
        bytes_read=read,
        bytes_written=written,
        flops=flops,
        irregular_bytes=written if row and row.irregular else 0,
        gpu_kernels=row.gpu_kernels if row else 1,
        dealt_bytes=0 if symbolic else _dealt_bytes(node, row),
    )


def _dealt_bytes(node: fx.Node, row: Op | None) -> int:
    """The bytes of a large matrix that meets one vector; of the narrow matrix where it is converted on the way."""
    if row is not None and row.target == "aten._to_copy.default":
        readers = [user for view in (node, *node.users) for user in view.users if view is node or is_view(view)]
        source = node.args[0].meta["val"]  # type: ignore[union-attr]
        return nbytes(source) if any(_dealt_bytes(user, row_of(user)) for user in readers) else 0
    if row is None or row.stage != "matmul":
        return 0
    left, right = [n.meta["val"] for n in node.args[-2:]]  # type: ignore[union-attr]
    if left.dim() > 2:
        return 0
    few = min(sizes_of(left)[-2] if left.dim() > 1 else 1, sizes_of(right)[-1] if right.dim() > 1 else 1)
    matrix = max(nbytes(left), nbytes(right))
    return matrix if few == 1 and matrix >= DEAL_BYTES else 0


def is_view(node: fx.Node) -> bool:
    """True for a node that only views its input."""
    row = row_of(node)
    return bool(row and row.free)


def _guess_flops(node: fx.Node, outs: list[torch.Tensor]) -> int:
    # torch's own counter knows the dense ops (convolution, attention); the rest counts one for each output element.
    from torch.utils.flop_counter import flop_registry

    packet = getattr(node.target, "overloadpacket", None)
    if packet in flop_registry:
        # The counters take sizes for tensors.
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda n: _plainly(n.meta.get("val")))
        try:
            return int(flop_registry[packet](*args, **kwargs, out_val=_plainly(node.meta.get("val"))))
        except (TypeError, AssertionError):
            pass
    return sum(math.prod(sizes_of(t)) for t in outs)


def _plainly(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(_plainly, value))
    if isinstance(value, torch.Tensor):
        return sizes_of(value)
    return plain(value) if isinstance(value, torch.SymInt) else value
