"""Joins elementwise stages: a map whose only reader is another map of its shape becomes part of it.

One task with one loop instead of two tasks and a FIFO. Each op's own rounding stays: the casts are in the bodies. A
constant becomes part of every map that reads it, in whatever shape: nothing is to be loaded for it.
"""

from __future__ import annotations

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import ir
from torch_fpga.targets.kernel import KernelOptions


def fuse_maps(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place, last map first, so that a chain becomes one map."""
    for function in module.body.operations:
        block = function.entry_block
        for op in list(block.operations):
            if isinstance(op, mem.MapOp):
                _take_constants(op)
        position = len(block.operations) - 1
        while position >= 0:
            consumer = block.operations[position]
            producer = next((v.owner for v in consumer.operands if _fusible(v)), None)
            if producer is not None and isinstance(consumer, mem.MapOp):
                _fuse(producer, consumer)
            # A joined map stands one place further up, where its turn comes next.
            position -= 1


def _take_constants(op: mem.MapOp) -> None:
    constants = {value: made for value in op.operands if (made := _constant(value)) is not None}
    inputs = list(dict.fromkeys(value for value in _read(op) if value not in constants))
    if not constants or not inputs:
        return  # a map takes the number of its elements from its inputs
    with ir.InsertionPoint(op), op.location:
        first, *rest = inputs
        plain = mem.MapOp(first, op.res.type, **{f"in{i}": value for i, value in enumerate(rest, 1)})
        block = plain.body.blocks.append(*[mem.element(value) for value in inputs])
    with ir.InsertionPoint(block):
        scalars = {value: _inline(made, {}) for value, made in constants.items()}
        mem.YieldOp(_inline(op, {**scalars, **dict(zip(inputs, block.arguments, strict=True))}))
    op.res.replace_all_uses_with(plain.res)
    op.operation.erase()


def _constant(value: ir.Value) -> mem.MapOp | None:
    """The map that makes a value of constants alone, read through a view or not."""
    view = isinstance(value.owner, ir.OpView) and isinstance(value.owner, mem.ViewOp)
    made = value.owner.source.owner if view else value.owner
    return made if isinstance(made, mem.MapOp) and not _read(made) else None


def _fusible(value: ir.Value) -> bool:
    return isinstance(value.owner, mem.MapOp) and len({use.owner for use in value.uses}) == 1


def _fuse(producer: mem.MapOp, consumer: mem.MapOp) -> bool:
    inputs: list[ir.Value] = []
    for value in [*_read(producer), *(v for v in _read(consumer) if v != producer.res)]:
        if value not in inputs:
            inputs.append(value)
    # A body of constants alone reads nothing, but a map takes the number of its elements from its inputs.
    inputs = inputs or [producer.in0]
    if len(inputs) > mem.MAX_INPUTS:
        return False
    with ir.InsertionPoint(consumer), ir.Location.fused([producer.location, consumer.location]):
        first, *rest = inputs
        fused = mem.MapOp(first, consumer.res.type, **{f"in{i}": value for i, value in enumerate(rest, 1)})
        block = fused.body.blocks.append(*[mem.element(value) for value in inputs])
    with ir.InsertionPoint(block):
        inner = _inline(producer, {v: block.arguments[inputs.index(v)] for v in _read(producer)})
        scalars = {v: inner if v == producer.res else block.arguments[inputs.index(v)] for v in _read(consumer)}
        mem.YieldOp(_inline(consumer, scalars))
    consumer.res.replace_all_uses_with(fused.res)
    consumer.operation.erase()
    producer.operation.erase()
    return True


def _read(op: mem.MapOp) -> list[ir.Value]:
    """The operands that the body does read."""
    return [v for v, argument in zip(op.operands, op.body.blocks[0].arguments, strict=True) if list(argument.uses)]


def _inline(op: mem.MapOp, scalars: dict[ir.Value, ir.Value]) -> ir.Value:
    """Copies a body here, reading ``scalars`` for its inputs; returns what it yields."""
    body = op.body.blocks[0]
    pairs = zip(body.arguments, op.operands, strict=True)
    new = {argument: scalars[value] for argument, value in pairs if value in scalars}
    for inner in list(body.operations)[:-1]:
        copy = inner.operation.clone()
        for i, operand in enumerate(inner.operands):
            # Constants may stand outside: canonicalize hoists them.
            copy.operands[i] = new.get(operand, operand)
        new[inner.results[0]] = copy.results[0]
    result = body.operations[len(body.operations) - 1].operands[0]
    return new.get(result, result)
