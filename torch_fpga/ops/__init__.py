"""THE op table: one row for each ATen overload that can run on the FPGA, a family a file.

A row says which stage of the ``mem`` dialect implements the op, which element types it takes, what it costs and
which forms are out of reach. PyTorch's own operator is the reference: shapes and result types come from its fake
tensors, and the numeric tests compare every row with it.

Arguments of a row's functions follow the operator's schema. An elementwise row is an expression over a builder
``f`` whose methods are the scalar functions of hls_lib's math.hpp.
"""

from torch_fpga.dtypes import dtype_name
from torch_fpga.ops.row import Conversion, Op, computed_in, is_operand, nbytes, plain, sizes_of, tensors_out
from torch_fpga.ops.support import OPS, is_view, row_of, unsupported
from torch_fpga.ops.work import work_of

__all__ = [
    "OPS",
    "Conversion",
    "Op",
    "computed_in",
    "dtype_name",
    "is_operand",
    "is_view",
    "nbytes",
    "plain",
    "row_of",
    "sizes_of",
    "tensors_out",
    "unsupported",
    "work_of",
]
