"""Writes an xclbin for XRT software emulation.

``xclbinutil`` makes such files, but it comes with Vitis, and in Debian's XRT it is an empty wrapper. The sections are
those that XRT reads in this mode. MEM_TOPOLOGY, IP_LAYOUT and CONNECTIVITY are among them since XRT, where they are
missing, makes up a single bank with every argument in it.

A file depends on its content alone, on no time and no random number.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from torch_fpga.codegen.xclbin import layout
from torch_fpga.codegen.xclbin.image import (
    ARGUMENT_SIZE,
    COMPUTE_UNIT_SPACE,
    CONTROL_PORT,
    Argument,
    Bank,
    KernelImage,
    argument_offset,
    check,
    compute_unit_bases,
)
from torch_fpga.codegen.xclbin.layout import MemoryType, SectionKind

PLATFORM = "torch_fpga:emulation:sw_emu:1.0"  # vendor:board:name:version

_MEMORY_TYPES = {"HBM": MemoryType.MEM_HBM, "DDR": MemoryType.MEM_DDR4}


def write_xclbin(
    path: str | os.PathLike[str],
    kernels: Sequence[KernelImage],
    banks: Sequence[Bank],
    bitstream: bytes,
    platform: str = PLATFORM,
) -> None:
    """Writes ``xclbin_bytes`` to ``path``, which never holds half of it. An OSError is the caller's to handle."""
    content = xclbin_bytes(kernels, banks, bitstream, platform)
    path = Path(path)
    with tempfile.TemporaryDirectory(prefix=f".{path.name[:32]}-", dir=path.parent) as folder:
        whole = Path(folder) / "xclbin"
        whole.write_bytes(content)
        os.replace(whole, path)


def xclbin_bytes(
    kernels: Sequence[KernelImage], banks: Sequence[Bank], bitstream: bytes, platform: str = PLATFORM
) -> bytes:
    """The file. ``bitstream`` goes to the device process as it is: in software emulation, a shared library."""
    check(kernels, banks, platform)
    return _container(
        {
            SectionKind.BITSTREAM: bitstream,
            SectionKind.EMBEDDED_METADATA: _metadata(kernels, platform),
            SectionKind.MEM_TOPOLOGY: _table(layout.MemData, _mem_topology(banks)),
            SectionKind.IP_LAYOUT: _table(layout.IpData, _ip_layout(kernels)),
            SectionKind.CONNECTIVITY: _table(layout.Connection, _connectivity(kernels)),
        },
        platform,
    )


def _container(sections: Mapping[SectionKind, bytes], platform: str) -> bytes:
    head, directory, body = layout.Axlf(), b"", b""
    start = ctypes.sizeof(head) + len(sections) * ctypes.sizeof(layout.SectionHeader)
    for kind, content in sections.items():
        body += bytes(-(start + len(body)) % layout.ALIGNMENT)
        directory += bytes(
            layout.SectionHeader(m_sectionKind=kind, m_sectionOffset=start + len(body), m_sectionSize=len(content))
        )
        body += content
    head.m_magic[:] = layout.MAGIC
    head.m_signature_length = -1
    head.reserved[:] = b"\xff" * len(head.reserved)
    header = head.m_header
    header.m_length = start + len(body)
    header.m_versionMajor, header.m_versionMinor = 2, 1
    header.m_mode = layout.Mode.SW_EMU
    header.m_platformVBNV = platform.encode()
    header.m_numSections = len(sections)
    digest = hashlib.sha256(bytes(head) + directory + body).digest()
    header.uuid[:] = uuid.UUID(bytes=digest[:16], version=5).bytes
    head.m_uniqueId = int.from_bytes(digest[16:24], "little")
    return bytes(head) + directory + body


def _table(record: type[ctypes.Structure], records: Iterable[ctypes.Structure]) -> bytes:
    rows = [bytes(row) for row in records]
    return len(rows).to_bytes(layout.first_record(record), "little") + b"".join(rows)


def _mem_topology(banks: Sequence[Bank]) -> Iterable[ctypes.Structure]:
    base = 0
    for bank in banks:
        yield layout.MemData(
            m_type=_MEMORY_TYPES.get(bank.tag[:3], MemoryType.MEM_DRAM),
            m_used=1,
            m_size=bank.size // 1024,
            m_base_address=base,
            m_tag=bank.tag.encode(),
        )
        base += bank.size


def _ip_layout(kernels: Sequence[KernelImage]) -> Iterable[ctypes.Structure]:
    for name, base in compute_unit_bases(kernels).items():
        yield layout.IpData(m_type=layout.IpType.IP_KERNEL, m_base_address=base, m_name=name.encode())


def _connectivity(kernels: Sequence[KernelImage]) -> Iterable[ctypes.Structure]:
    owners = [kernel for kernel in kernels for _ in kernel.instances]
    for unit, kernel in enumerate(owners):
        for index, argument in enumerate(kernel.arguments):
            if argument.is_pointer:
                yield layout.Connection(arg_index=index, m_ip_layout_index=unit, mem_data_index=argument.bank)


def _metadata(kernels: Sequence[KernelImage], platform: str) -> bytes:
    """The XML that says the arguments of each kernel and, to the device process, where its compute units are."""
    bases = compute_unit_bases(kernels)
    add = ElementTree.SubElement
    project = ElementTree.Element("project", name="torch_fpga")
    device = add(add(project, "platform", vendor=platform.split(":")[0], name=platform), "device", name="fpga0")
    core = add(device, "core", name="OCL_REGION_0", target="csim", type="clc_region", numComputeUnits=str(len(bases)))
    for kernel in kernels:
        element = add(core, "kernel", name=kernel.name, language="c", type="pl")
        for bundle in dict.fromkeys(argument.port for argument in kernel.arguments if argument.is_pointer):
            add(element, "port", name=bundle, mode="master", range="0xffffffffffffffff", base="0x0")
        add(element, "port", name=CONTROL_PORT, mode="slave", range=hex(COMPUTE_UNIT_SPACE), dataWidth="32", base="0x0")
        for index, argument in enumerate(kernel.arguments):
            add(element, "arg", _argument(index, argument))
        for instance in kernel.instances:
            base = bases[f"{kernel.name}:{instance}"]
            add(add(element, "instance", name=instance), "addrRemap", base=hex(base), port=CONTROL_PORT)
    ElementTree.indent(project)
    return ElementTree.tostring(project, encoding="utf-8", xml_declaration=True)


def _argument(index: int, argument: Argument) -> dict[str, str]:
    return {
        "name": argument.name,
        "addressQualifier": str(int(argument.is_pointer)),
        "id": str(index),
        "port": argument.port,
        "size": hex(ARGUMENT_SIZE),
        "offset": hex(argument_offset(index)),
        "hostOffset": "0x0",
        "hostSize": hex(ARGUMENT_SIZE),
        "type": argument.type,
    }
