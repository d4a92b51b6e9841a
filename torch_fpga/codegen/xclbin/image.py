"""What is written into an xclbin: kernels, their arguments and the memory banks, with the addresses that follow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch_fpga.errors import UserError

CONTROL_PORT = "s_axi_control"

# Bytes. HLS starts the arguments of a compute unit behind its control registers; one of 64 bits takes two words and a
# reserved one. The space is what XRT assumes for a compute unit.
COMPUTE_UNIT_SPACE = 0x10000
ARGUMENT_SIZE = 8
_FIRST_ARGUMENT = 0x10
_ARGUMENT_STEP = 0xC

# Limits of XRT 2.13 (core/common/api: xrt_kernel.cpp, core/common: bo_cache.h). It sends the registers of a launch in a
# packet of 4 KiB, behind a header and up to four masks of 32 bits, and does not check that they fit.
MAX_COMPUTE_UNITS = 128
MAX_BANKS = 64
MAX_ARGUMENTS = (4096 - 5 * 4 - _FIRST_ARGUMENT - ARGUMENT_SIZE) // _ARGUMENT_STEP + 1

# Room for texts in the file, in bytes, without the null that ends them.
_MAX_PLATFORM = 63
_MAX_TAG = 15
_MAX_COMPUTE_UNIT_NAME = 63

# XRT takes these for 32-bit scalars, whatever their size in the file.
_NARROW_SCALARS = {"int", "uint", "float"}


@dataclass(frozen=True)
class Argument:
    """A 64-bit argument: a pointer into memory bank number ``bank``, or a scalar where ``bank`` is None.

    ``port`` is the m_axi bundle of a pointer; ``type`` is its C type, e.g. ``float*`` or ``long``.
    """

    name: str
    type: str
    bank: int | None = None
    port: str = CONTROL_PORT

    @property
    def is_pointer(self) -> bool:
        return self.bank is not None


@dataclass(frozen=True)
class KernelImage:
    """A kernel and how many compute units it has."""

    name: str
    arguments: tuple[Argument, ...]
    compute_units: int = 1

    @property
    def instances(self) -> list[str]:
        """The names of the compute units, without ``NAME:``."""
        return [f"{self.name}_{number}" for number in range(1, self.compute_units + 1)]


@dataclass(frozen=True)
class Bank:
    """A memory bank: its tag, e.g. ``HBM[0]``, and its size in bytes. Banks follow each other from address 0."""

    tag: str
    size: int


def compute_unit_bases(kernels: Iterable[KernelImage]) -> dict[str, int]:
    """The base address of each compute unit ``NAME:NAME_1``, ``NAME:NAME_2``, …, ascending: the order XRT counts in.

    None is at 0, which would read as no address.
    """
    names = (f"{kernel.name}:{instance}" for kernel in kernels for instance in kernel.instances)
    return {name: COMPUTE_UNIT_SPACE * number for number, name in enumerate(names, 1)}


def argument_offset(index: int) -> int:
    """Where argument number ``index`` is, in bytes from the base address of its compute unit."""
    return _FIRST_ARGUMENT + _ARGUMENT_STEP * index


def check(kernels: Sequence[KernelImage], banks: Sequence[Bank], platform: str) -> None:
    """Refuses with a UserError what does not fit into the file, or what XRT would misread."""
    _check_text("platform name", platform, _MAX_PLATFORM)
    if not kernels:
        _refuse("there is no kernel", "give at least one")
    if repeated := _repeated(kernel.name for kernel in kernels):
        _refuse(f"two kernels are named {repeated!r}", "give each its own name")
    _check_banks(banks)
    for kernel in kernels:
        _check_kernel(kernel, len(banks))
    if (units := sum(kernel.compute_units for kernel in kernels)) > MAX_COMPUTE_UNITS:
        _refuse(
            f"{units} compute units are more than the {MAX_COMPUTE_UNITS} of XRT", "split the kernels over more files"
        )


def _check_banks(banks: Sequence[Bank]) -> None:
    if not 1 <= len(banks) <= MAX_BANKS:
        _refuse(f"{len(banks)} memory banks", f"XRT needs 1 to {MAX_BANKS}")
    for bank in banks:
        _check_text("tag of a memory bank", bank.tag, _MAX_TAG)
        if bank.size <= 0 or bank.size % 1024:
            _refuse(f"memory bank {bank.tag} has {bank.size} bytes", "an xclbin counts whole KiB, at least one")
    if (size := sum(bank.size for bank in banks)) > 1 << 64:
        _refuse(f"the memory banks have {size} bytes", "their addresses must fit in 64 bits")


def _check_kernel(kernel: KernelImage, banks: int) -> None:
    name = kernel.name
    _check_identifier("kernel name", name)
    if kernel.compute_units < 1:
        _refuse(f"kernel {name} has {kernel.compute_units} compute units", "give it at least one")
    if len(longest := f"{name}:{kernel.instances[-1]}") > _MAX_COMPUTE_UNIT_NAME:
        hint = f"shorten the kernel's name: an xclbin has room for {_MAX_COMPUTE_UNIT_NAME} characters"
        _refuse(f"the compute unit name {longest} has {len(longest)} characters", hint)
    if (count := len(kernel.arguments)) > MAX_ARGUMENTS:
        _refuse(f"kernel {name} has {count} arguments", f"XRT passes {MAX_ARGUMENTS} at most; pass some in memory")
    if repeated := _repeated(argument.name for argument in kernel.arguments):
        _refuse(f"kernel {name} has two arguments named {repeated!r}", "give each its own name")
    for argument in kernel.arguments:
        _check_argument(argument, name, banks)


def _check_argument(argument: Argument, kernel: str, banks: int) -> None:
    what = f"argument {argument.name!r} of kernel {kernel}"
    _check_identifier(f"name of {what}", argument.name)
    _check_identifier(f"port of {what}", argument.port)
    _check_text(f"type of {what}", argument.type, 256)
    if argument.is_pointer == (argument.port == CONTROL_PORT):
        hint = f"a pointer goes through an m_axi bundle, a scalar through {CONTROL_PORT}"
        _refuse(f"{what} is {'a pointer' if argument.is_pointer else 'a scalar'} at port {argument.port}", hint)
    if argument.bank is not None and not 0 <= argument.bank < banks:
        _refuse(f"{what} is in memory bank {argument.bank}", f"the banks are 0 to {banks - 1}")
    if not argument.is_pointer and (argument.type in _NARROW_SCALARS or argument.type.endswith("*")):
        _refuse(
            f"{what} is a scalar of type {argument.type}", "a scalar has 64 bits: use long, unsigned long or double"
        )


def _check_identifier(what: str, text: str) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        _refuse(f"the {what} is {text!r}", "use a C identifier")


def _check_text(what: str, text: str, room: int) -> None:
    if not (text.isascii() and text.isprintable() and 1 <= len(text) <= room):
        _refuse(f"the {what} is {text!r}", f"use 1 to {room} printable ASCII characters")


def _repeated(names: Iterable[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)


def _refuse(message: str, hint: str) -> None:
    raise UserError(f"an xclbin cannot hold this: {message}", hint=hint)
