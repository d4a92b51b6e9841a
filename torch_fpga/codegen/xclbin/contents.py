"""What an xclbin says, as its reader gives it. Names and types are XRT's words, so that a file from Vitis fits too."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A section and where it is, in bytes. ``kind`` is its name in xclbin.h, or ``section NUMBER`` if it has none."""

    kind: str
    offset: int
    size: int


@dataclass(frozen=True)
class KernelArgument:
    """An argument of a kernel.

    ``qualifier`` is scalar, global (a pointer), constant, local or stream. ``index`` is its place in the call, None for
    one that the compiler added. ``offset`` is in bytes from the base address of a compute unit, ``size`` in bytes.
    """

    name: str
    type: str
    qualifier: str
    index: int | None
    offset: int
    size: int
    port: str


@dataclass(frozen=True)
class Kernel:
    name: str
    arguments: tuple[KernelArgument, ...]


@dataclass(frozen=True)
class Ip:
    """An entry of IP_LAYOUT. Without registers it has no base address.

    A compute unit is named ``KERNEL:INSTANCE``, and ``control`` is how it is started, e.g. ``AP_CTRL_HS``.
    """

    name: str
    type: str
    base_address: int | None
    control: str

    @property
    def is_compute_unit(self) -> bool:
        return self.type in ("IP_KERNEL", "IP_PS_KERNEL")


@dataclass(frozen=True)
class MemoryBank:
    """An entry of MEM_TOPOLOGY, with its size in bytes. For a stream, size and base address say nothing."""

    tag: str
    type: str
    used: bool
    size: int
    base_address: int


@dataclass(frozen=True)
class Connection:
    """An argument of a compute unit that reaches a bank: indices into its arguments, ``ips`` and ``banks``."""

    argument: int
    ip: int
    bank: int


@dataclass(frozen=True)
class Xclbin:
    """What an xclbin says. ``timestamp`` is in seconds since 1970, 0 where it says none."""

    uuid: uuid.UUID
    mode: str
    platform: str
    timestamp: int
    sections: tuple[Section, ...]
    kernels: tuple[Kernel, ...]
    ips: tuple[Ip, ...]
    banks: tuple[MemoryBank, ...]
    connections: tuple[Connection, ...]
