"""What an xclbin for software emulation carries: the libraries of its kernels (read by ``sw_emu/image.hpp``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch_fpga.runtime.build import Built


def bitstream(kernels: Sequence[Built], bases: Mapping[str, Sequence[int]]) -> bytes:
    """The BITSTREAM section; ``bases`` are the addresses of each kernel's compute units."""
    libraries = [kernel.library.read_bytes() for kernel in kernels]
    lines = ["torch_fpga image 1"]
    for kernel, library in zip(kernels, libraries, strict=True):
        scalars = "q" if kernel.persistent else "s" * len(kernel.signature.scalars)
        arguments = "p" * len(kernel.signature.ports) + scalars
        lines.append(f"kernel {kernel.name} {arguments} {len(library)}")
        lines += [f"unit {base}" for base in bases[kernel.name]]
    return "\n".join([*lines, "end", ""]).encode() + b"".join(libraries)
