"""Says where data lies: scratch on chip where it fits, an HBM channel and an AXI bundle for every port."""

from __future__ import annotations

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
        _bind_ports(block, options.memory_channels)


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


def _bind_ports(block: ir.Block, channels: int) -> None:
    # All ports of one buffer share its channel; another buffer goes to the channel that has least to hold. What one
    # task loads in turn lies in one channel and goes through one bundle. A bundle's reads and writes do not disturb
    # each other, so a port that writes shares that of one which reads another buffer; of blocks that of the same one.
    ports = [op for op in block.operations if isinstance(op, hls.PortOp)]
    leads = dict(_loaded_in_turn(block))
    banks: dict[tuple[str, int, int, int], int] = {}
    held = [0] * channels
    bundles: dict[ir.Value, int] = {}
    read_alone: dict[tuple[int, int], list[int]] = defaultdict(list)
    count = 0
    for port in (*(port for port in ports if port.res not in leads), *(port for port in ports if port.res in leads)):
        lead = leads.get(port.res)
        buffer = (port.role.value, port.arg.value, port.channel.value, port.channels.value)
        if lead is not None:
            bank, bundles[port.res] = lead.owner.attributes["bank"].value, bundles[lead]
        else:
            if buffer not in banks:
                banks[buffer] = held.index(min(held))
                held[banks[buffer]] += _elements(port) * bytes_of(port.res.type.element)
            bank = banks[buffer]
            alone = read_alone[port.channel.value, port.channels.value]
            if port.role.value == "out" and alone:
                bundles[port.res] = alone.pop(0)
            else:
                bundles[port.res], count = count, count + 1
                if port.role.value == "in":
                    alone.append(bundles[port.res])
        port.operation.attributes["bank"] = i64(bank)
        port.operation.attributes["bundle"] = ir.StringAttr.get(f"gmem{bundles[port.res]}")


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
