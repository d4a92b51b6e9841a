"""An xclbin as text for a person: what it is for, its kernels with their addresses and memory, and its sections."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from torch_fpga.codegen.xclbin.contents import Ip, Kernel, KernelArgument, MemoryBank, Xclbin


def render(xclbin: Xclbin) -> str:
    """The text, one fact a line, without a newline at its end."""
    return "\n".join(_lines(xclbin))


def _lines(xclbin: Xclbin) -> Iterator[str]:
    yield f"uuid      {xclbin.uuid}"
    yield f"mode      {xclbin.mode}"
    yield f"platform  {xclbin.platform}"
    yield f"made      {_time(xclbin.timestamp)}"
    known = {kernel.name for kernel in xclbin.kernels}
    for kernel in xclbin.kernels:
        yield ""
        yield from _kernel(xclbin, kernel)
    if others := [ip for ip in xclbin.ips if ip.name.partition(":")[0] not in known]:
        yield "\nother blocks"
        yield from (f"  {_at(ip):>10}  {ip.type}  {ip.name}" for ip in others)
    yield "\nmemory banks"
    yield from (f"  {index:>3}  {_bank(bank)}" for index, bank in enumerate(xclbin.banks))
    yield "\nsections (bytes)"
    yield from (f"  at {section.offset:>10}  size {section.size:>10}  {section.kind}" for section in xclbin.sections)


def _kernel(xclbin: Xclbin, kernel: Kernel) -> Iterator[str]:
    yield f"kernel {kernel.name}"
    yield from (f"  {_argument(argument)}" for argument in kernel.arguments)
    names = {argument.index: argument.name for argument in kernel.arguments}
    for index, ip in enumerate(xclbin.ips):
        if ip.name.partition(":")[0] == kernel.name:
            yield f"  compute unit {ip.name} at {_at(ip)}, {ip.control}"
            for connection in xclbin.connections:
                if connection.ip == index:
                    argument = names.get(connection.argument, connection.argument)
                    yield f"      {argument} -> {_tag(xclbin, connection.bank)}"


def _argument(argument: KernelArgument) -> str:
    place = "-" if argument.index is None else argument.index
    port = f" through {argument.port}" if argument.port else ""
    name = f"{argument.type} {argument.name}".strip()
    return f"{place:>3}  +{argument.offset:#05x}  {name}: {argument.qualifier}{port}"


def _at(ip: Ip) -> str:
    return "no address" if ip.base_address is None else f"{ip.base_address:#x}"


def _bank(bank: MemoryBank) -> str:
    return f"{bank.tag}  {_size(bank.size)} at {bank.base_address:#x}  {bank.type}" + (
        "" if bank.used else ", not used"
    )


def _tag(xclbin: Xclbin, index: int) -> str:
    return xclbin.banks[index].tag if 0 <= index < len(xclbin.banks) else f"bank {index}"


def _size(size: int) -> str:
    """The size in the largest binary unit that makes it a whole number."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB")
    unit = max((power for power in range(len(units)) if size % 1024**power == 0), default=0) if size else 0
    return f"{size // 1024**unit} {units[unit]}"


def _time(timestamp: int) -> str:
    if not timestamp:
        return "no time given"
    try:
        return f"{datetime.datetime.fromtimestamp(timestamp, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{timestamp} seconds after 1970"
