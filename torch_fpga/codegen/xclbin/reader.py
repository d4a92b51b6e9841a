"""Reads an xclbin: ours or one made by Vitis, for hardware or emulation.

Of the sections, it reads what says which kernels there are and how they reach memory; of the others it tells where they
are. A file that is cut short or wrong is refused with what is wrong and where.
"""

from __future__ import annotations

import ctypes
import os
import uuid
from collections.abc import Iterator
from typing import BinaryIO, NoReturn, TypeVar
from xml.etree import ElementTree

from torch_fpga.codegen.xclbin import layout
from torch_fpga.codegen.xclbin.contents import Connection, Ip, Kernel, KernelArgument, MemoryBank, Section, Xclbin
from torch_fpga.codegen.xclbin.layout import SectionKind
from torch_fpga.errors import UserError

_NO_ADDRESS = 0xFFFF_FFFF_FFFF_FFFF

_Record = TypeVar("_Record", bound=ctypes.Structure)


def read_xclbin(path: str | os.PathLike[str]) -> Xclbin:
    """Reads the file; UserError where it cannot be read, or is not a whole xclbin."""
    try:
        with open(path, "rb") as file:
            return _Reader(file, os.fspath(path)).xclbin()
    except OSError as error:
        hint = "give the path of an xclbin file"
        raise UserError(f"cannot read {os.fspath(path)}: {error.strerror or error}", hint=hint) from error


class _Reader:
    """One open file, with checks that all that is read is there."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._size = file.seek(0, os.SEEK_END)

    def xclbin(self) -> Xclbin:
        magic = self._bytes(0, min(len(layout.MAGIC), self._size), "magic")
        if magic != layout.MAGIC:
            self._refuse(0, f"it starts with {magic!r} and an xclbin with {layout.MAGIC!r}")
        head = self._record(layout.Axlf, 0, "head")
        header = head.m_header
        if header.m_length > self._size:
            self._refuse(layout.Axlf.m_header.offset, f"it has {self._size} bytes and should have {header.m_length}")
        sections = self._sections(header.m_numSections)
        return Xclbin(
            uuid=uuid.UUID(bytes=bytes(header.uuid)),
            mode=layout.label(layout.Mode, header.m_mode, "mode"),
            platform=_text(header.m_platformVBNV),
            timestamp=header.m_timeStamp,
            sections=sections,
            kernels=self._kernels(sections),
            ips=tuple(_ip(record) for record in self._table(sections, SectionKind.IP_LAYOUT, layout.IpData)),
            banks=tuple(_bank(record) for record in self._table(sections, SectionKind.MEM_TOPOLOGY, layout.MemData)),
            connections=tuple(
                Connection(record.arg_index, record.m_ip_layout_index, record.mem_data_index)
                for record in self._table(sections, SectionKind.CONNECTIVITY, layout.Connection)
            ),
        )

    def _sections(self, count: int) -> tuple[Section, ...]:
        at = ctypes.sizeof(layout.Axlf)
        if count > layout.MAX_SECTIONS:
            offset = layout.Axlf.m_header.offset + layout.AxlfHeader.m_numSections.offset
            self._refuse(offset, f"it counts {count} sections, more than the {layout.MAX_SECTIONS} allowed")
        sections = []
        for index in range(count):
            record = self._record(layout.SectionHeader, at, f"header of section {index}")
            kind = layout.label(SectionKind, record.m_sectionKind, "section")
            section = Section(kind, record.m_sectionOffset, record.m_sectionSize)
            if section.offset + section.size > self._size:
                self._refuse(at, f"{kind} ends at byte {section.offset + section.size}, the file at {self._size}")
            sections.append(section)
            at += ctypes.sizeof(record)
        return tuple(sections)

    def _kernels(self, sections: tuple[Section, ...]) -> tuple[Kernel, ...]:
        section = _find(sections, SectionKind.EMBEDDED_METADATA)
        if section is None:
            return ()
        content = self._bytes(section.offset, section.size, section.kind)
        try:
            project = ElementTree.fromstring(content.rstrip(b"\0"))
            return tuple(map(_kernel, project.iterfind("platform/device/core/kernel")))
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            self._refuse(section.offset, f"the XML of {section.kind} is damaged: {error}")

    def _table(self, sections: tuple[Section, ...], kind: SectionKind, record: type[_Record]) -> Iterator[_Record]:
        """The records of a section that is a count and an array. As in XRT, the first section of the kind counts."""
        section = _find(sections, kind)
        if section is None:
            return
        first, size = layout.first_record(record), ctypes.sizeof(record)
        if section.size < ctypes.sizeof(ctypes.c_int32):
            self._refuse(section.offset, f"{section.kind} has {section.size} bytes, too few for a count")
        count = int.from_bytes(self._bytes(section.offset, 4, section.kind), "little", signed=True)
        if count < 0 or (count and first + count * size > section.size):
            self._refuse(section.offset, f"{section.kind} counts {count} records, too many for {section.size} bytes")
        for index in range(count):
            yield self._record(record, section.offset + first + index * size, f"record {index} of {section.kind}")

    def _record(self, record: type[_Record], offset: int, what: str) -> _Record:
        return record.from_buffer_copy(self._bytes(offset, ctypes.sizeof(record), what))

    def _bytes(self, offset: int, size: int, what: str) -> bytes:
        if offset + size > self._size:
            self._refuse(offset, f"its {what} needs {size} bytes and the file ends at {self._size}")
        self._file.seek(offset)
        return self._file.read(size)

    def _refuse(self, offset: int, problem: str) -> NoReturn:
        message = f"{self._name} is not a whole xclbin: at byte {offset}, {problem}"
        raise UserError(message, hint="copy or build the file again")


def _find(sections: tuple[Section, ...], kind: SectionKind) -> Section | None:
    return next((section for section in sections if section.kind == kind.name), None)


def _kernel(element: ElementTree.Element) -> Kernel:
    return Kernel(element.get("name", ""), tuple(map(_argument, element.iterfind("arg"))))


def _argument(element: ElementTree.Element) -> KernelArgument:
    return KernelArgument(
        name=element.get("name", ""),
        type=element.get("type", ""),
        qualifier=layout.label(layout.Qualifier, _number(element, "addressQualifier") or 0, "qualifier").lower(),
        index=_number(element, "id"),
        offset=_number(element, "offset") or 0,
        size=_number(element, "size") or 0,
        port=element.get("port", ""),
    )


def _number(element: ElementTree.Element, name: str) -> int | None:
    text = element.get(name, "")
    if not text:
        return None
    if not 0 <= (number := int(text, 0)) < 1 << 64:
        raise ValueError(f"{name}={text[:40]!r} is not an unsigned number of 64 bits")
    return number


def _ip(record: layout.IpData) -> Ip:
    base = record.m_base_address
    return Ip(
        name=_text(record.m_name),
        type=layout.label(layout.IpType, record.m_type, "type"),
        base_address=None if base == _NO_ADDRESS else base,
        control=layout.label(layout.Control, record.properties >> 8 & 0xFF, "control"),
    )


def _bank(record: layout.MemData) -> MemoryBank:
    return MemoryBank(
        tag=_text(record.m_tag),
        type=layout.label(layout.MemoryType, record.m_type, "type"),
        used=bool(record.m_used),
        size=record.m_size * 1024,
        base_address=record.m_base_address,
    )


def _text(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace")
