"""Vitis projects: everything around a kernel's C++ that Vitis, XRT and a person need to bring it to a card.

Plain data in, files out. The compiler and PyTorch are not known here.
"""

from torch_fpga.codegen.vitis.board import BOARDS, Board
from torch_fpga.codegen.vitis.golden import tolerances
from torch_fpga.codegen.vitis.project import (
    GoldenChoice,
    GoldenTensor,
    Project,
    ProjectFinding,
    ProjectKernel,
    ProjectPort,
    ProjectScalar,
)
from torch_fpga.codegen.vitis.write import LINT, MANIFEST, write_project

__all__ = [
    "BOARDS",
    "LINT",
    "MANIFEST",
    "Board",
    "GoldenChoice",
    "GoldenTensor",
    "Project",
    "ProjectFinding",
    "ProjectKernel",
    "ProjectPort",
    "ProjectScalar",
    "tolerances",
    "write_project",
]
