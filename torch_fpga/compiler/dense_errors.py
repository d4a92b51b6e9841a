"""What Inductor's code says of its inputs, in other words.

It checks strides, and then blames the user's operators, when it was us. It checks indices, and raises a RuntimeError
that names its own C++.
"""

from __future__ import annotations

import re
from typing import Any

from torch_fpga.compiler.region_code import Compiled
from torch_fpga.compiler.source_lines import indexing_line, region_lines
from torch_fpga.errors import InternalError, OutOfRangeError
from torch_fpga.report import GraphReport

_CHECKED = re.compile(r"expected size|wrong number of dimensions|bytes aligned")
_USERS_OPERATOR = re.compile(r"Error in op: torch\.ops\.(?!aten\.|prims\.)")
_INDEX = "index out of bounds: 0 <= "


def explained(run: Compiled, report: GraphReport, region: str) -> Compiled:
    """``run``, the callable of a dense region.

    A check of a layout that fails in it raises InternalError, one of an index OutOfRangeError. Where a layout is that
    of the result of an operator that the user registered, PyTorch's text is right and stays.
    """

    def call(*tensors: Any) -> Any:
        try:
            return run(*tensors)
        except AssertionError as error:
            if not _CHECKED.search(str(error)) or _USERS_OPERATOR.search(str(error)):
                raise
            raise _fault(str(error), report, region) from error
        except RuntimeError as error:
            if _INDEX not in str(error):
                raise
            raise OutOfRangeError(
                "an index is out of range for the size of its dimension",
                source=indexing_line(report, region, ""),
                code="index-out-of-range",
                hint="check the indices",
            ) from error

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
