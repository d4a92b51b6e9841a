"""Says where data lies: scratch on chip where it fits, an HBM channel and an AXI bundle for every port."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator

from torch_fpga.dialects import hls
from torch_fpga.dialects.lanes import bytes_of
from torch_fpga.dialects.mem import i64
from torch_fpga.dialects.mlir import ir
from torch_fpga.targets.kernel import KernelOptions


def bind_memory(module: ir.Module, options: KernelOptions) -> None:
    """Rewrites in place."""
    for kernel in module.body.operations:
        block = kernel.body.blocks[0]
        _keep_on_chip(block, options)
        _bind_ports(block, options)


def _keep_on_chip(block: ir.Block, options: KernelOptions) -> None:
    scratch: dict[int, list[hls.PortOp]] = defaultdict(list)
    for op in block.operations:
        if isinstance(op, hls.PortOp) and op.role.value == "scratch":
            scratch[op.arg.value].append(op)
    for ports in scratch.values():
        element = ports[0].res.type.element
        size = ports[0].elements.value * bytes_of(element)
        # In a phase one task may access an array; memory has as many as there are ports.
        if size > options.on_chip_bytes or len(ports) > 1:
            continue
        name = ir.StringAttr.get(ports[0].name.value.removesuffix("_scratch") + "_buffer")
        storage = ir.StringAttr.get("ram_2p" if size <= options.block_ram_bytes else "uram")
        with ir.InsertionPoint.at_block_begin(block), ports[0].location:
            buffer = hls.BufferOp(name, ports[0].elements, storage, hls.Memory.get(element))
        ports[0].res.replace_all_uses_with(buffer.res)
        ports[0].operation.erase()


@dataclasses.dataclass
class _Bundle:
    """One m_axi interface of the kernel.

    Attributes:
        bits: of an access.
        is_scratch: what goes through it is read in one phase and written in another.
        busy: the phases in which something is read or written through it.
        block: of each such phase the block, and of how many, that it is of.
    """

    name: str
    bits: int
    is_scratch: bool
    busy: set[tuple[int, str]] = dataclasses.field(default_factory=set)
    block: dict[int, tuple[int, int]] = dataclasses.field(default_factory=dict)

    def has_room(self, port: hls.PortOp, phases: list[int], sides: str) -> bool:
        """Whether a port's accesses disturb no other's: reads and writes of one block do not."""
        block = port.channel.value, port.channels.value
        return not any((phase, side) in self.busy for phase in phases for side in sides) and all(
            self.block.get(phase, block) == block for phase in phases
        )

    def is_like(self, port: hls.PortOp, bits: int) -> bool:
        """Whether its accesses are as wide, and scratch only where its own are."""
        return self.bits == bits and self.is_scratch == (port.role.value == "scratch")


class _Bundles:
    """Hands out bundles. Phases follow each other, so that they share them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.all: list[_Bundle] = []

    def take(self, port: hls.PortOp, phases: list[int]) -> str:
        """The name of the bundle of a port that is accessed in ``phases``."""
        sides = {"in": "r", "out": "w", "scratch": "rw"}[port.role.value]
        kind = port.res.type
        bits = 8 * bytes_of(kind.element) * (kind.lanes if isinstance(kind, hls.Vectors) else 1)
        free = [bundle for bundle in self.all if bundle.has_room(port, phases, sides)]
        free.sort(key=lambda bundle: not bundle.is_like(port, bits))
        # Accesses of one kind a bundle, as long as there are enough of them.
        if not free or not (free[0].is_like(port, bits) or len(self.all) >= self.most):
            free = [_Bundle(f"gmem{len(self.all)}", bits, port.role.value == "scratch")]
            self.all += free
        bundle = free[0]
        for phase in phases:
            bundle.busy.update((phase, side) for side in sides)
            bundle.block[phase] = port.channel.value, port.channels.value
        return bundle.name


def _bind_ports(block: ir.Block, options: KernelOptions) -> None:
    # All ports of one buffer share its channel; another buffer goes to the channel that has least to hold. What one
    # task loads in turn lies in one channel and goes through one bundle.
    ports = [op for op in block.operations if isinstance(op, hls.PortOp)]
    phases, leads = _phases(block), dict(_loaded_in_turn(block))
    banks: dict[tuple[str, int, int, int], int] = {}
    held = [0] * options.memory_channels
    bundles = _Bundles(options.ports)
    names: dict[ir.Value, str] = {}
    for port in (*(port for port in ports if port.res not in leads), *(port for port in ports if port.res in leads)):
        lead = leads.get(port.res)
        buffer = (port.role.value, port.arg.value, port.channel.value, port.channels.value)
        if lead is not None:
            bank, names[port.res] = lead.owner.attributes["bank"].value, names[lead]
        else:
            if buffer not in banks:
                banks[buffer] = held.index(min(held))
                held[banks[buffer]] += _elements(port) * bytes_of(port.res.type.element)
            bank, names[port.res] = banks[buffer], bundles.take(port, phases[port.res])
        port.operation.attributes["bank"] = i64(bank)
        port.operation.attributes["bundle"] = ir.StringAttr.get(names[port.res])


def _phases(block: ir.Block) -> dict[ir.Value, list[int]]:
    """The phases in which each port is accessed."""
    found: dict[ir.Value, list[int]] = defaultdict(list)
    phases = [op for op in block.operations if isinstance(op, hls.PhaseOp)]
    for number, phase in enumerate(phases):
        for value in dict.fromkeys(value for task in phase.body.blocks[0].operations for value in task.operands):
            if isinstance(value.owner, ir.OpView) and isinstance(value.owner, hls.PortOp):
                found[value].append(number)
    return found


def _elements(port: hls.PortOp) -> int:
    """In the buffer behind a port."""
    elements, each = int(port.elements.value), int(port.block_elements.value)
    return min(each, elements - port.channel.value * each) if port.channels.value > 1 else elements


def _loaded_in_turn(block: ir.Block) -> Iterator[tuple[ir.Value, ir.Value]]:
    for phase in block.operations:
        if isinstance(phase, hls.PhaseOp):
            for op in phase.body.blocks[0].operations:
                if isinstance(op, hls.LoadVectorsAfterOp):
                    yield op.scalars, op.src
