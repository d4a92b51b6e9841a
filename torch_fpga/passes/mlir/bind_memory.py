"""Says where data lies: scratch on chip where it fits, an HBM channel and an AXI bundle for every port."""

from __future__ import annotations

from collections import defaultdict

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
        _bind_ports([op for op in block.operations if isinstance(op, hls.PortOp)], options.memory_channels)


def _keep_on_chip(block: ir.Block, options: KernelOptions) -> None:
    scratch: dict[int, list[hls.PortOp]] = defaultdict(list)
    for op in block.operations:
        if isinstance(op, hls.PortOp) and op.role.value == "scratch":
            scratch[op.arg.value].append(op)
    for ports in scratch.values():
        element = ports[0].res.type.element
        size = ports[0].elements.value * bytes_of(element)
        phases = [next(iter(port.res.uses)).owner.operation.parent for port in ports]
        # An array may have one writer and one reader in a dataflow region; memory has as many as there are ports.
        alone = len({str(phase.attributes["name"]) for phase in phases}) == len(ports)
        if size > options.on_chip_bytes or not alone:
            continue
        name = ir.StringAttr.get(ports[0].name.value.removesuffix("_stored") + "_buffer")
        storage = ir.StringAttr.get("ram_2p" if size <= options.block_ram_bytes else "uram")
        with ir.InsertionPoint.at_block_begin(block), ports[0].location:
            buffer = hls.BufferOp(name, ports[0].elements, storage, hls.Memory.get(element))
        for port in ports:
            port.res.replace_all_uses_with(buffer.res)
            port.operation.erase()


def _bind_ports(ports: list[hls.PortOp], channels: int) -> None:
    # All ports of one buffer share its channel; different buffers are spread over the channels.
    banks: dict[tuple[str, int, int, int], int] = {}
    for number, port in enumerate(ports):
        buffer = (port.role.value, port.arg.value, port.channel.value, port.channels.value)
        bank = banks.setdefault(buffer, len(banks) % channels)
        port.operation.attributes["bundle"] = ir.StringAttr.get(f"gmem{number}")
        port.operation.attributes["bank"] = i64(bank)
