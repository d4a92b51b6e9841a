"""Inductor's code checks the strides of what it gets; what it then says blames the user's operators, and it was us."""

from __future__ import annotations

import re
from typing import Any

from torch_fpga.compiler.region_code import Compiled
from torch_fpga.compiler.source_lines import region_lines
from torch_fpga.errors import InternalError
from torch_fpga.report import GraphReport

_CHECKED = re.compile(r"expected size|wrong number of dimensions|bytes aligned")
_USERS_OPERATOR = re.compile(r"Error in op: torch\.ops\.(?!aten\.|prims\.)")


def explained(run: Compiled, report: GraphReport, region: str) -> Compiled:
    """``run``, the callable of a dense region; a check of a layout that fails in it raises InternalError.

    Where it fails for the result of an operator that the user registered, PyTorch's text is right and stays.
    """

    def call(*tensors: Any) -> Any:
        try:
            return run(*tensors)
        except AssertionError as error:
            if not _CHECKED.search(str(error)) or _USERS_OPERATOR.search(str(error)):
                raise
            raise _fault(str(error), report, region) from error

    return call


def _fault(text: str, report: GraphReport, region: str) -> InternalError:
    what = text.strip().partition("\nThis error most often")[0].replace("\n", "; ")
    return InternalError(
        f"{region} of {report.title} got or made a tensor of another layout than it was compiled for ({what}). "
        "It is a fault of torch_fpga, not of your model",
        source=region_lines(report, region),
        code="wrong-layout",
        hint="report it with the folder that TORCH_FPGA_DUMP=folder writes; without this backend the model runs",
    )
