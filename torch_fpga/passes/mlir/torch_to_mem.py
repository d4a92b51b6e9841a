"""``torch`` to ``mem``: each ATen op becomes the stage its row in the op table names.

Views cost nothing: they are composed while the function is read, and become one ``mem.view`` where a stage reads
through them. A stage's builder brings its operands into the stage's canonical form (reduced dimension last, products
batched), which the op table need not know.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import func, ir, source_of, tensor_type
from torch_fpga.errors import UserError
from torch_fpga.ops import OPS, Op
from torch_fpga.passes.mlir.import_torch import NAME, STRIDES
from torch_fpga.passes.mlir.scalars import ScalarBuilder, body_of_map
from torch_fpga.passes.mlir.views import View


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A dense value read through a view."""

    base: ir.Value
    view: View

    @staticmethod
    def dense(value: ir.Value) -> Tensor:
        return Tensor(value, View.whole(mem.shape(value)))

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.view.sizes

    @property
    def element(self) -> ir.Type:
        return mem.element(self.base)

    def through(self, view: View) -> Tensor:
        return Tensor(self.base, view)

    def value(self) -> ir.Value:
        """A dense value of this shape."""
        if self.view == View.whole(mem.shape(self.base)):
            return self.base
        kind = ir.RankedTensorType.get(list(self.sizes), self.element)
        return mem.ViewOp(self.base, mem.i64(self.view.offset), mem.i64s(list(self.view.strides) or [0]), kind).res

    def reshape(self, sizes: list[int] | tuple[int, ...]) -> Tensor:
        """This tensor in another shape, copied first where strides cannot say it."""
        view = self.view.reshape(list(sizes))
        return self.through(view) if view else Tensor.dense(_copy(self)).reshape(sizes)


def torch_to_mem(module: ir.Module) -> ir.Module:
    """Lowers the one function of ``module`` into a new module. Raises UserError for an op that has no row."""
    function = next(op for op in module.body.operations if isinstance(op, func.FuncOp))
    result = ir.Module.create()
    with ir.InsertionPoint(result.body):
        _Lowering(function).run()
    return result


class _Lowering:
    def __init__(self, function: func.FuncOp) -> None:
        self.source = function
        self.values: dict[ir.Value, Any] = {}

    def run(self) -> None:
        body = self.source.entry_block
        attributes = self.source.arg_attrs if "arg_attrs" in self.source.attributes else None
        kinds, views, names = [], [], []
        for i, argument in enumerate(body.arguments):
            kind = _static(tensor_type(argument.type), argument)
            given = attributes[i] if attributes else {}
            if STRIDES in given:
                # A strided argument is read as its flat memory through a view.
                view = View(0, tuple(kind.shape), tuple(mem.ints(given[STRIDES])))
                span = 1 + sum((n - 1) * s for n, s in zip(view.sizes, view.strides, strict=True))
                kind = ir.RankedTensorType.get([span], kind.element_type)
            else:
                view = View.whole(kind.shape)
            kinds.append(kind)
            views.append(view)
            names.append(ir.DictAttr.get({NAME: given[NAME]} if NAME in given else {}))
        operations = list(body.operations)
        returned = [_static(tensor_type(value.type), value) for value in operations[-1].operands]
        target = func.FuncOp(self.source.name.value, (kinds, returned), loc=self.source.location)
        target.arg_attrs = ir.ArrayAttr.get(names)
        entry = target.add_entry_block()
        for old, new, view in zip(body.arguments, entry.arguments, views, strict=True):
            self.values[old] = Tensor(new, view)
        with ir.InsertionPoint(entry):
            for op in operations[:-1]:
                with op.location:
                    self.lower(op)
            func.ReturnOp([self.values[value].value() for value in operations[-1].operands])

    def lower(self, op: ir.Operation) -> None:
        name = op.operation.name
        if name in _CONSTANTS:
            self.values[op.results[0]] = _CONSTANTS[name](op)
        elif name in _CONVERSIONS:
            self.values[op.results[0]] = _CONVERSIONS[name](self.values[op.operands[0]])
        elif name == "torch.prim.ListConstruct":
            self.values[op.results[0]] = [self.values[value] for value in op.operands]
        else:
            row = _row(op)
            arguments = [self.values[value] for value in op.operands]
            kinds = [_static(tensor_type(result.type), result) for result in op.results]
            results = _STAGES[row.stage](row, arguments, kinds)
            for old, new in zip(op.results, results if isinstance(results, tuple) else (results,), strict=True):
                self.values[old] = new if isinstance(new, Tensor) else Tensor.dense(new)


def _row(op: ir.Operation) -> Op:
    name = op.operation.name.removeprefix("torch.")
    if name == "operator":
        name = ir.StringAttr(op.attributes["name"]).value.removeprefix("torch.")
    row = OPS.get(name) or OPS.get(f"{name}.default")
    if row is None:
        raise UserError(
            "no FPGA stage implements this op",
            op=name,
            source=source_of(op.location),
            code="unsupported-op",
            hint="leave it to the GPU, or add a row to torch_fpga/ops (docs/adding-an-op.md)",
        )
    return row


def _static(kind: ir.RankedTensorType | None, value: ir.Value) -> ir.RankedTensorType:
    if kind is None:
        raise UserError(
            f"{value.type} is no tensor of static shape", code="dynamic-shape", source=source_of(value.location)
        )
    return kind


_CONSTANTS: dict[str, Callable[[ir.Operation], Any]] = {
    "torch.constant.int": lambda op: ir.IntegerAttr(op.attributes["value"]).value,
    "torch.constant.float": lambda op: ir.FloatAttr(op.attributes["value"]).value,
    "torch.constant.bool": lambda op: bool(ir.IntegerAttr(op.attributes["value"]).value),
    "torch.constant.str": lambda op: ir.StringAttr(op.attributes["value"]).value,
    "torch.constant.none": lambda op: None,
    "torch.constant.device": lambda op: ir.StringAttr(op.attributes["value"]).value,
}

# The importer brings a bool where an operator's schema wants a number.
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {"torch.aten.Int.bool": int, "torch.aten.Float.bool": float}


# One builder a stage. Each takes the row, the operands in schema order and the result types.


def _copy(tensor: Tensor) -> ir.Value:
    kind = ir.RankedTensorType.get(list(tensor.sizes), tensor.element)
    return body_of_map([tensor.value()], kind, lambda f, x: x)


def _map(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> ir.Value:
    expression = row.expr
    assert expression is not None
    sizes = list(kinds[0].shape)
    if row.creates:
        places = mem.IotaOp(ir.RankedTensorType.get(sizes, ir.IntegerType.get_signless(64))).res
        return body_of_map([places], kinds[0], lambda f, place: expression(f, place, *arguments))
    inputs = [a.through(a.view.expand(sizes)).value() for a in arguments if isinstance(a, Tensor)]

    def body(f: ScalarBuilder, *scalars: Any) -> Any:
        given = iter(scalars)
        return expression(f, *(next(given) if isinstance(a, Tensor) else a for a in arguments))

    return body_of_map(inputs, kinds[0], body)


def _axes(argument: Any, rank: int) -> list[int]:
    """A dim argument (int, list, None or empty for all) as sorted positive axes."""
    if argument is None or argument == []:
        return list(range(rank))
    axes = argument if isinstance(argument, list) else [argument]
    return sorted(axis % rank if rank else 0 for axis in axes) if rank else []


def _last(tensor: Tensor, axes: list[int]) -> Tensor:
    """``axes`` moved to the end and made one dimension."""
    kept = [i for i in range(len(tensor.sizes)) if i not in axes]
    moved = tensor.through(tensor.view.permute(kept + axes))
    cols = math.prod(tensor.sizes[i] for i in axes)
    return moved.reshape([*(tensor.sizes[i] for i in kept), cols])


def _reduce(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> ir.Value:
    source, dims = arguments[0], arguments[1] if len(arguments) > 1 else None
    if row.target.endswith(".default") and row.kind in ("sum", "prod", "mean", "any", "all"):
        dims = None  # what stands there is the type
    axes = _axes(dims, len(source.sizes))
    rows = _last(source, axes)
    if row.kind != "mean":
        return mem.ReduceOp(rows.value(), ir.StringAttr.get(row.kind), kinds[0]).res
    total = mem.ReduceOp(rows.value(), ir.StringAttr.get("sum"), _unrounded(kinds[0])).res
    return body_of_map([total], kinds[0], lambda f, x: f.div(x, float(rows.sizes[-1])))


def _extreme(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    rows = _last(arguments[0], _axes(arguments[1], len(arguments[0].sizes))).value()
    values = mem.ReduceOp(rows, ir.StringAttr.get(row.kind), kinds[0]).res
    return values, mem.ReduceOp(rows, ir.StringAttr.get(f"arg{row.kind}"), kinds[1]).res


def _unrounded(kind: ir.RankedTensorType) -> ir.RankedTensorType:
    """The type of a sum that something is still done to: PyTorch rounds to 16 bits once, at the end."""
    element = kind.element_type
    return ir.RankedTensorType.get(kind.shape, element if isinstance(element, ir.IntegerType) else ir.F32Type.get())


def _along(tensor: Tensor, axis: int, stage: Callable[[ir.Value], Any]) -> Any:
    """Runs a stage that works along the last dimension along ``axis``."""
    rank = len(tensor.sizes)
    if rank == 0:
        flat = tensor.reshape([1])
        return _each(stage(flat.value()), lambda t: t.reshape([]))
    axis %= rank
    order = [i for i in range(rank) if i != axis] + [axis]
    back = sorted(range(rank), key=order.__getitem__)
    moved = tensor.through(tensor.view.permute(order))
    return _each(stage(moved.value()), lambda t: t.through(t.view.permute(back)))


def _each(values: ir.Value | tuple[ir.Value, ...], change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(values, tuple):
        return tuple(change(Tensor.dense(value)) for value in values)
    return change(Tensor.dense(values))


def _softmax(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    return _along(arguments[0], arguments[1], lambda x: mem.SoftmaxOp(x, x.type).res)


def _cumsum(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    def stage(x: ir.Value) -> ir.Value:
        return mem.CumsumOp(x, ir.RankedTensorType.get(mem.shape(x), kinds[0].element_type)).res

    return _along(arguments[0], arguments[1], stage)


def _topk(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    source, k, axis, largest, in_order = arguments
    return _best(source, k, axis, largest, in_order, kinds)


def _sort(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    # The best of all, in order; of equals the lower index comes first, so every sort is a stable one.
    source, axis, descending = arguments[0], *arguments[-2:]
    return _best(source, source.sizes[axis] if source.sizes else 1, axis, descending, True, kinds)


def _best(source: Tensor, k: int, axis: int, largest: bool, in_order: bool, kinds: list[ir.RankedTensorType]) -> Any:
    def stage(x: ir.Value) -> tuple[ir.Value, ir.Value]:
        sizes = [*mem.shape(x)[:-1], k]
        kinds_here = [ir.RankedTensorType.get(sizes, kind.element_type) for kind in kinds]
        op = mem.TopkOp(x, mem.i64(int(largest)), mem.i64(int(in_order)), *kinds_here)
        return op.values, op.indices

    return _along(source, axis, stage)


def _norm(build: Callable[..., Any]) -> Callable[..., Any]:
    def stage(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
        source, normalized, *rest = arguments
        eps = next((x for x in rest if isinstance(x, float)), None)
        affine = [None if t is None else t.reshape([math.prod(normalized)]).value() for t in rest if _maybe_tensor(t)]
        rows = source.reshape([*source.sizes[: len(source.sizes) - len(normalized)], math.prod(normalized)])
        return Tensor.dense(build(rows.value(), eps, affine)).reshape(kinds[0].shape)

    return stage


def _maybe_tensor(argument: Any) -> bool:
    return argument is None or isinstance(argument, Tensor)


def _f32(value: float) -> ir.FloatAttr:
    return ir.FloatAttr.get(ir.F32Type.get(), value)


def _layer_norm(x: ir.Value, eps: float, affine: list[ir.Value | None]) -> ir.Value:
    weight, bias = affine[0], affine[1]
    if weight is None and bias is not None:
        normed = Tensor.dense(mem.LayerNormOp(x, _f32(eps), x.type).res)
        wide = Tensor.dense(bias).through(View.whole(mem.shape(bias)).expand(mem.shape(x)))
        return body_of_map([normed.value(), wide.value()], x.type, lambda f, y, b: f.add(y, b))
    return mem.LayerNormOp(x, _f32(eps), x.type, weight=weight, bias=bias).res


_EPSILON = {"f32": 2.0**-23, "f16": 2.0**-10, "bf16": 2.0**-7}


def _rms_norm(x: ir.Value, eps: float | None, affine: list[ir.Value | None]) -> ir.Value:
    # No eps means the type's own epsilon (torch.nn.functional.rms_norm).
    eps = _EPSILON[str(mem.element(x))] if eps is None else eps
    return mem.RmsNormOp(x, _f32(eps), x.type, weight=affine[0]).res


def _product(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    left, right = (
        a for a in arguments[-4 if row.kind else -2 :][: 2 if not row.kind else None] if isinstance(a, Tensor)
    )
    a = left.reshape(
        [1] * (3 - max(len(left.sizes), 2)) + list(left.sizes if len(left.sizes) > 1 else [1, *left.sizes])
    )
    b = right if len(right.sizes) > 1 else right.through(right.view.unsqueeze(1))
    b = b.reshape([1] * (3 - len(b.sizes)) + list(b.sizes))
    return _multiply(a, b, kinds[0])


def _multiply(a: Tensor, b: Tensor, kind: ir.RankedTensorType) -> Tensor:
    """``a[batch, m, k] @ b[batch, k, n]``, streaming the larger side past the smaller."""
    batch, m, k = a.sizes
    n = b.sizes[2]

    def turned(t: Tensor) -> Tensor:
        return t.through(t.view.permute([0, 2, 1]))

    # Left streamed: rows of a against n vectors. Right streamed: the transposed problem.
    matrix, vectors, back = (a, turned(b), False) if m >= n else (turned(b), a, True)
    rows, count = matrix.sizes[1], vectors.sizes[1]
    if matrix.view.strides[2] in (0, 1) or k == 1 or matrix.view.strides[1] not in (0, 1) or rows == 1:
        result = ir.RankedTensorType.get([batch, rows, count], kind.element_type)
        product = Tensor.dense(mem.MatmulOp(matrix.value(), vectors.value(), result).res)
    else:
        # The matrix lies in memory the other way round: its rows there are what is summed, not what is dotted.
        result = ir.RankedTensorType.get([batch, count, rows], kind.element_type)
        product = turned(Tensor.dense(mem.RowSumOp(turned(matrix).value(), vectors.value(), result).res))
    return (turned(product) if back else product).reshape(kind.shape)


def _matmul(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    if row.kind != "bias":
        return _product(row, arguments, kinds)
    bias, left, right, beta, alpha = arguments
    product = _product(dataclasses.replace(row, kind=""), [left, right], [_unrounded(kinds[0])]).value()

    def scaled(f: ScalarBuilder, x: Any, by: float) -> Any:
        return x if by == 1 else f.mul(x, by)

    if beta == 0:  # then the bias is not read, whatever is in it
        return body_of_map([product], kinds[0], lambda f, y: scaled(f, y, alpha))
    wide = bias.through(bias.view.expand(list(kinds[0].shape))).value()
    return body_of_map([wide, product], kinds[0], lambda f, x, y: f.add(scaled(f, x, beta), scaled(f, y, alpha)))


def _gather_rows(table: Tensor, axis: int, index: Tensor, wrap: bool, kind: ir.RankedTensorType) -> Any:
    """``table`` with ``index`` (any shape) in place of dimension ``axis``."""
    before, after = list(table.sizes[:axis]), list(table.sizes[axis + 1 :])
    groups, count, limit = math.prod(before), math.prod(index.sizes), table.sizes[axis]
    flat = index.reshape([1, count])
    flat = flat.through(flat.view.expand([groups, count]))
    if math.prod(after) == 1:
        rows = table.reshape([groups, limit])
        result = ir.RankedTensorType.get([groups, count], kind.element_type)
        gathered = mem.GatherElementsOp(rows.value(), flat.value(), mem.i64(1), mem.i64(int(wrap)), result).res
    else:
        rows = table.reshape([groups, limit, *after])
        result = ir.RankedTensorType.get([groups, count, *after], kind.element_type)
        gathered = mem.GatherRowsOp(rows.value(), flat.value(), mem.i64(int(wrap)), result).res
    return Tensor.dense(gathered).reshape(kind.shape)


def _select(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    table, axis, index = arguments
    table = table if table.sizes else table.reshape([1])
    return _gather_rows(table, axis % len(table.sizes), index, False, kinds[0])


def _embedding(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    return _gather_rows(arguments[0], 0, arguments[1], False, kinds[0])


def _index(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    table, indices = arguments
    given = {axis: index for axis, index in enumerate(indices) if index is not None}
    axes = list(given)
    if len(axes) == 1:
        return _gather_rows(table, axes[0], given[axes[0]], True, kinds[0])
    if axes != list(range(axes[0], axes[0] + len(axes))):
        # Between indices that stand apart no place is the natural one: the new dimensions come first.
        rest = [axis for axis in range(len(table.sizes)) if axis not in given]
        table, first = table.through(table.view.permute([*axes, *rest])), 0
    else:
        first = axes[0]
    limits = table.sizes[first : first + len(axes)]
    place = _place(list(given.values()), limits)
    joined = table.reshape([*table.sizes[:first], math.prod(limits), *table.sizes[first + len(axes) :]])
    return _gather_rows(joined, first, place, False, kinds[0])


def _place(indices: list[Tensor], limits: tuple[int, ...]) -> Tensor:
    """Several indices, broadcast together, as one into the dimensions joined. Each is checked by itself."""
    sizes = list(np.broadcast_shapes(*(index.sizes for index in indices)))
    wide = ir.IntegerType.get_signless(64)
    inputs = [index.through(index.view.expand(sizes)).value() for index in indices]

    def body(f: ScalarBuilder, *scalars: ir.Value) -> ir.Value:
        place, *rest = (f.wrapped_index(f.cast(x, wide), n) for x, n in zip(scalars, limits, strict=True))
        for index, limit in zip(rest, limits[1:], strict=True):
            place = f.add(f.mul(place, limit), index)
        return place

    return Tensor.dense(body_of_map(inputs, ir.RankedTensorType.get(sizes, wide), body))


def _gather(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    table, axis, index = arguments[:3]
    if not table.sizes:
        table, index = table.reshape([1]), index.reshape([1])
    axis %= len(table.sizes)
    # The other dimensions may be larger in the table than in the index; only the front part is used.
    view = table.view
    for i, size in enumerate(index.sizes):
        view = view if i == axis else view.slice(i, 0, size, 1)
    result = ir.RankedTensorType.get(list(index.sizes), kinds[0].element_type)
    op = mem.GatherElementsOp(table.through(view).value(), index.value(), mem.i64(axis), mem.i64(0), result)
    return Tensor.dense(op.res).reshape(kinds[0].shape)


def _concat(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    axis = (arguments[1] if len(arguments) > 1 else 0) % len(kinds[0].shape)
    # torch allows empty one-dimensional tensors here whatever the rank; the capability check keeps them away.
    parts = arguments[0]
    if row.kind == "stack":
        parts = [t.through(t.view.unsqueeze(axis)) for t in parts]
    first, *rest = [t.value() for t in parts]
    return mem.ConcatOp(first, mem.i64(axis), kinds[0], **{f"in{i}": v for i, v in enumerate(rest, 1)}).res


def _view(row: Op, arguments: list[Any], kinds: list[ir.RankedTensorType]) -> Any:
    tensor, *rest = arguments
    rank = len(tensor.sizes)
    view = tensor.view
    if row.kind in ("alias", "detach"):
        return tensor
    if row.kind in ("view", "_unsafe_view"):
        return tensor.reshape(kinds[0].shape)
    if row.kind == "permute":
        return tensor.through(view.permute(rest[0]))
    if row.kind == "t":
        return tensor.through(view.permute(list(range(rank))[::-1]))
    if row.kind == "transpose":
        order = list(range(rank))
        a, b = rest[0] % rank, rest[1] % rank
        order[a], order[b] = order[b], order[a]
        return tensor.through(view.permute(order))
    if row.kind == "expand":
        return tensor.through(view.expand(rest[0]))
    if row.kind == "unsqueeze":
        return tensor.through(view.unsqueeze(rest[0] % (rank + 1)))
    if row.kind == "squeeze":
        return tensor.through(view.squeeze(_axes(rest[0] if rest else None, rank)))
    if row.kind == "diagonal":
        offset, first, second = rest
        return tensor.through(view.diagonal(offset, first % rank, second % rank))
    if row.kind == "unfold":
        axis, size, step = rest
        return tensor.through(view.unfold(axis % rank, size, step))
    if row.kind == "slice":
        axis, start, stop, step = rest
        return tensor.through(view.slice(axis % rank, start, stop, step))
    return tensor.through(view.select(rest[0] % rank, rest[1]))


_STAGES: dict[str, Callable[..., Any]] = {
    "map": _map,
    "reduce": _reduce,
    "extreme": _extreme,
    "softmax": _softmax,
    "layer_norm": _norm(_layer_norm),
    "rms_norm": _norm(_rms_norm),
    "topk": _topk,
    "sort": _sort,
    "cumsum": _cumsum,
    "matmul": _matmul,
    "select": _select,
    "embedding": _embedding,
    "index": _index,
    "gather": _gather,
    "concat": _concat,
    "view": _view,
}
