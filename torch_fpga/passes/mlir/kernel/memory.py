"""Which values of a region lie in memory, and what everything is called."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict

from torch_fpga.dialects import mem
from torch_fpga.dialects.mlir import func, ir
from torch_fpga.passes.mlir.import_torch import NAME
from torch_fpga.passes.mlir.names import Names, assigned_names
from torch_fpga.passes.mlir.schedule_phases import FLOW, returned, source_of_operand
from torch_fpga.views import View


@dataclasses.dataclass
class Memory:
    """Where a value can be read or written: an argument, a result or scratch.

    Attributes:
        name: of the value, for a reader.
        role: ``in``, ``out`` or ``scratch``.
        arg: which of the arguments, results or scratch values it is.
        elements: how many it has.
        element: their type.
    """

    name: str
    role: str
    arg: int
    elements: int
    element: ir.Type


class Memories:
    """The memory of a kernel.

    Attributes:
        names: hands out the names of the kernel's C++.
        called: what the user calls a value.
        of: where a value is read from, if it lies in memory.
        stores: where a value is written to when it is made, and through which views.
        scratch_ports: of each scratch, by its number.
    """

    def __init__(self, function: func.FuncOp, stages: list[ir.OpView]) -> None:
        self.names = Names()
        self.called: dict[ir.Value, str] = {}
        self.of: dict[ir.Value, Memory] = {}
        self.stores: dict[ir.Value, list[tuple[Memory, View]]] = defaultdict(list)
        self.scratch_ports: dict[int, list[ir.Value]] = defaultdict(list)
        self._name_values(function, stages)
        self._place_arguments(function)
        self._place_results(function)
        self._place_scratch(function, stages)

    def _name_values(self, function: func.FuncOp, stages: list[ir.OpView]) -> None:
        attributes = function.arg_attrs
        for i, argument in enumerate(function.entry_block.arguments):
            self.called[argument] = attributes[i][NAME].value if NAME in attributes[i] else f"arg{i}"
        for op in stages:
            wanted = assigned_names(op.location)
            for i, result in enumerate(op.results):
                plain = op.operation.name.removeprefix("mem.")
                self.called[result] = wanted[i] if len(wanted) == len(op.results) else plain

    def name_of(self, value: ir.Value) -> str:
        return self.called.get(value, "joined")

    def _memory(self, value: ir.Value, role: str, arg: int) -> Memory:
        return Memory(self.name_of(value), role, arg, math.prod(mem.shape(value)), mem.element(value))

    def _place_arguments(self, function: func.FuncOp) -> None:
        for i, argument in enumerate(function.entry_block.arguments):
            self.of[argument] = self._memory(argument, "in", i)

    def _place_results(self, function: func.FuncOp) -> None:
        for i, value in enumerate(returned(function)):
            self._store(value, self._memory(value, "out", i))

    def _place_scratch(self, function: func.FuncOp, stages: list[ir.OpView]) -> None:
        """Gives memory to what a later phase reads."""
        made = {result for op in function.entry_block.operations for result in op.results}
        count = 0
        for op in stages:
            for value, flow in zip(op.operands, mem.ints(op.attributes["flow"]), strict=True):
                base, _ = source_of_operand(value)
                if flow == FLOW["memory"] and base not in self.of:
                    mem.require(base in made, op, "an operand that nothing makes")
                    self.of[base] = self._memory(base, "scratch", count)
                    self._store(base, self.of[base])
                    count += 1

    def _store(self, value: ir.Value, memory: Memory) -> None:
        """Has ``value`` stored when it is made; the parts of a concat are stored one by one."""
        if not isinstance(value.owner, mem.ConcatOp):
            self.stores[value].append((memory, View.whole(mem.shape(value))))
            return
        axis, start = value.owner.axis.value, 0
        for part in value.owner.operands:
            size = mem.shape(part)[axis]
            view = View.whole(mem.shape(value)).slice(axis, start, start + size, 1)
            self.stores[part].append((memory, view))
            start += size
