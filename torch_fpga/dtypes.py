"""PyTorch's dtypes of the element types that the FPGA knows, derived from their table."""

from __future__ import annotations

import torch

from torch_fpga.element_types import BY_NAME, ELEMENT_TYPES, ElementType

DTYPES: dict[str, torch.dtype] = {each.mlir: getattr(torch, each.name) for each in ELEMENT_TYPES}
"""By what MLIR calls them."""

FLOATS = tuple(DTYPES[each.mlir] for each in ELEMENT_TYPES if each.floating)
HALVES = tuple(DTYPES[each.mlir] for each in ELEMENT_TYPES if each.half)
INTS = tuple(DTYPES[each.mlir] for each in ELEMENT_TYPES if not each.floating and each.name != "bool")
NUMBERS = (*FLOATS, *INTS)
ALL = tuple(DTYPES.values())


def dtype_name(kind: torch.dtype) -> str:
    """``torch.float16`` as float16."""
    return str(kind).removeprefix("torch.")


def element_of(kind: torch.dtype) -> ElementType | None:
    """The element type of a dtype; None for one that the FPGA does not know."""
    return BY_NAME.get(dtype_name(kind))
