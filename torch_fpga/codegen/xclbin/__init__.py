"""xclbin files, the container in which XRT gets its kernels: a writer for software emulation, a reader for any.

They know XRT's file format and nothing of the compiler.
"""

from torch_fpga.codegen.xclbin.contents import Xclbin
from torch_fpga.codegen.xclbin.image import Argument, Bank, KernelImage, argument_offset, compute_unit_bases
from torch_fpga.codegen.xclbin.reader import read_xclbin
from torch_fpga.codegen.xclbin.text import render
from torch_fpga.codegen.xclbin.writer import write_xclbin, xclbin_bytes

__all__ = [
    "Argument",
    "Bank",
    "KernelImage",
    "Xclbin",
    "argument_offset",
    "compute_unit_bases",
    "read_xclbin",
    "render",
    "write_xclbin",
    "xclbin_bytes",
]
