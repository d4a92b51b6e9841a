"""Emulation as strict as hardware (``hls_lib/emulation/strict``), which ``TORCH_FPGA_STRICT`` asks for."""

from __future__ import annotations

import os

from torch_fpga.errors import UserError
from torch_fpga.runtime.signature import Port, Signature

STRICT = "TORCH_FPGA_STRICT"

_LAUNCHER = """\
#include "kernel.cpp"

#include "strict/checks.hpp"

namespace strict = hls_lib::emulation::strict;

static const strict::pointer pointers[] = {{
{pointers}
}};

extern "C" int {name}_launch(const uint64_t* arguments, char* message, long size) {{
  return strict::launch({name}, pointers, arguments, message, size);
}}

extern "C" void {name}_exact_depths(int) {{}}  // a strict run has them always
"""


def mode() -> str:
    """``strict`` where it is asked for, else empty. Raises UserError for a value that means nothing."""
    value = os.environ.get(STRICT, "")
    if value not in ("", "0", "1"):
        raise UserError(f"{STRICT}={value!r} is not 0 or 1", code="bad-option")
    return "strict" if value == "1" else ""


def launcher(name: str, signature: Signature) -> str:
    """What runs a kernel: the C++ that tells a strict launch what each pointer points to."""
    pointers = "\n".join(f"    {_pointer(port, signature)}," for port in signature.ports)
    return _LAUNCHER.format(name=name, pointers=pointers)


def _pointer(port: Port, signature: Signature) -> str:
    # A block of a tensor is a memory of its own.
    memory = [_place(each) for each in signature.ports].index(_place(port))
    return f'{{"{port.name}", strict::{port.role}, {memory}, {port.read_bytes}, {port.dtype.itemsize}}}'


def _place(port: Port) -> tuple[str, int, int, int]:
    return port.role, port.arg, port.channel, port.channels
