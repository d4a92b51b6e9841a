"""``torch`` to ``mem``: each ATen op becomes the stage its row in the op table names.

Views cost nothing: they are composed while the function is read, and become one ``mem.view`` where a stage reads
through them. How the operands of a call are brought into a stage's canonical form (reduced dimension last, products
batched) is said by the stage, which the op table need not know; here are the calls that become no stage, but maps,
joins and views.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import func, ir, line_of, tensor_type
from torch_fpga.dialects.scalars import ScalarBuilder, body_of_map
from torch_fpga.errors import InternalError, UserError
from torch_fpga.ops import OPS, Op
from torch_fpga.passes.mlir.import_torch import NAME, STRIDES
from torch_fpga.stages import STAGES, Call
from torch_fpga.stages.common.operands import Tensor, axes_of
from torch_fpga.stages.iota import IotaOp
from torch_fpga.targets.kernel import KernelOptions
from torch_fpga.views import View


def torch_to_mem(module: ir.Module, options: KernelOptions) -> ir.Module:
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
            results = _build(row, Call(row.target, row.kind, arguments, kinds))
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
            source=line_of(op.location),
            code="unsupported-op",
            hint="leave it to the GPU, or add a row to torch_fpga/ops (docs/adding-an-op.md)",
        )
    return row


def _static(kind: ir.RankedTensorType | None, value: ir.Value) -> ir.RankedTensorType:
    if kind is None:
        raise UserError(
            f"{value.type} is no tensor of static shape", code="dynamic-shape", source=line_of(value.location)
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


def _build(row: Op, call: Call) -> Any:
    if structure := STRUCTURE.get(row.stage):
        return structure(row, call)
    build = STAGES.builder(row.stage)
    if build is None:
        raise InternalError(f"no stage is called {row.stage}", op=row.target)
    return build(call)


def _map(row: Op, call: Call) -> ir.Value:
    expression, arguments, kind = row.expr, call.arguments, call.results[0]
    assert expression is not None
    sizes = list(kind.shape)
    if row.creates:
        places = IotaOp(ir.RankedTensorType.get(sizes, ir.IntegerType.get_signless(64))).res
        return body_of_map([places], kind, lambda f, place: expression(f, place, *arguments))
    inputs = [a.through(a.view.expand(sizes)).value() for a in arguments if isinstance(a, Tensor)]

    def body(f: ScalarBuilder, *scalars: Any) -> Any:
        given = iter(scalars)
        return expression(f, *(next(given) if isinstance(a, Tensor) else a for a in arguments))

    return body_of_map(inputs, kind, body)


def _concat(row: Op, call: Call) -> ir.Value:
    kind = call.results[0]
    axis = (call.arguments[1] if len(call.arguments) > 1 else 0) % len(kind.shape)
    # torch allows empty one-dimensional tensors here whatever the rank; the capability check keeps them away.
    parts = call.arguments[0]
    if call.kind == "stack":
        parts = [t.through(t.view.unsqueeze(axis)) for t in parts]
    first, *rest = [t.value() for t in parts]
    return mem.ConcatOp(first, mem.i64(axis), kind, **{f"in{i}": v for i, v in enumerate(rest, 1)}).res


def _view(row: Op, call: Call) -> Tensor:
    tensor, *rest = call.arguments
    rank = len(tensor.sizes)
    view = tensor.view
    if call.kind in ("alias", "detach"):
        return tensor
    if call.kind in ("view", "_unsafe_view"):
        return tensor.reshape(call.results[0].shape)
    if call.kind == "permute":
        return tensor.through(view.permute(rest[0]))
    if call.kind == "t":
        return tensor.through(view.permute(list(range(rank))[::-1]))
    if call.kind == "transpose":
        order = list(range(rank))
        a, b = rest[0] % rank, rest[1] % rank
        order[a], order[b] = order[b], order[a]
        return tensor.through(view.permute(order))
    if call.kind == "expand":
        return tensor.through(view.expand(rest[0]))
    if call.kind == "unsqueeze":
        return tensor.through(view.unsqueeze(rest[0] % (rank + 1)))
    if call.kind == "squeeze":
        return tensor.through(view.squeeze(axes_of(rest[0] if rest else None, rank)))
    if call.kind == "diagonal":
        offset, first, second = rest
        return tensor.through(view.diagonal(offset, first % rank, second % rank))
    if call.kind == "unfold":
        axis, size, step = rest
        return tensor.through(view.unfold(axis % rank, size, step))
    if call.kind == "slice":
        axis, start, stop, step = rest
        return tensor.through(view.slice(axis % rank, start, stop, step))
    return tensor.through(view.select(rest[0] % rank, rest[1]))


STRUCTURE: dict[str, Callable[[Op, Call], Any]] = {"map": _map, "concat": _concat, "view": _view}
"""What rows of the op table may call beside stages: what only says where elements are, and maps."""
