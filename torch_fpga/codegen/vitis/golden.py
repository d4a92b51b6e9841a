"""Golden data: the tensors of one run of a region, as raw files, and how close a kernel must come to them.

The difference of an element may be ``rtol`` of the expected element, plus ``atol``. ``atol`` is a share of the largest
magnitude in the tensor: sums that cancel are as inexact as what they are sums of, and a tensor of small numbers must
not pass because they are small. Integers must be equal.

An output of indices that a selection gave (top-k, arg-max) is compared by the values at the indices: of equals either
is right. What depends on which one was taken is not compared; the files say which elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from torch_fpga.element_types import BY_NAME

if TYPE_CHECKING:
    from torch_fpga.codegen.vitis.project import GoldenTensor


_FLOATS = {"float32": (1e-4, 1e-5), "float16": (1e-2, 2e-3), "bfloat16": (5e-2, 1e-2)}
TOLERANCES = {name: _FLOATS.get(name, (0.0, 0.0)) for name in BY_NAME}
"""``rtol``, and ``atol`` for a largest magnitude of 1, of every element type by its name."""


def tolerances(tensor: GoldenTensor) -> tuple[float, float]:
    """``rtol`` and ``atol`` of an output."""
    rtol, atol = TOLERANCES[tensor.dtype]
    return rtol, float(f"{atol * _largest(tensor):.3g}")


def _largest(tensor: GoldenTensor) -> float:
    """The largest finite magnitude; 0 for integers, which have no tolerance."""
    if tensor.dtype == "bfloat16":
        values = (tensor.data.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    elif BY_NAME[tensor.dtype].floating:
        values = tensor.data.view(tensor.dtype).astype(np.float32)
    else:
        return 0.0
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0


def source_file(file: str) -> str:
    """Where the values lie that an output's indices were chosen from."""
    return f"source_{file}"


def open_file(file: str) -> str:
    """Where it says which elements of an output are not decided."""
    return f"open_{file}"


def comparison(file: str, tensor: GoldenTensor) -> str:
    """The arguments, after the output's address, with which golden.hpp compares it."""
    kind = f"golden::{_kind(tensor.dtype)}"
    if (choice := tensor.choice) is not None:
        source = f'"{source_file(file)}", golden::{_kind(choice.source.dtype)}'
        sizes = f"{choice.cols}, {choice.chosen}, {choice.inner}"
        return f"{kind}, {_elements(tensor)}, {{{source}, {sizes}, {choice.rtol}, {choice.atol}}}"
    rtol, atol = tolerances(tensor)
    undecided = "" if tensor.open is None else f', "{open_file(file)}"'
    return f"{kind}, {_elements(tensor)}, {rtol}, {atol}{undecided}"


def _kind(dtype: str) -> str:
    return dtype.replace("bool", "boolean")


def _elements(tensor: GoldenTensor) -> int:
    return tensor.data.size // BY_NAME[tensor.dtype].bytes


def golden_files(tensors: dict[str, GoldenTensor]) -> dict[str, np.ndarray]:
    """All files of a kernel's golden data."""
    files: dict[str, np.ndarray] = {}
    for file, tensor in tensors.items():
        files[file] = tensor.data
        if tensor.choice is not None:
            files[source_file(file)] = tensor.choice.source.data
        if tensor.open is not None:
            files[open_file(file)] = tensor.open
    return files


def _freedom(file: str, tensor: GoldenTensor) -> dict[str, Any]:
    if (choice := tensor.choice) is not None:
        numbers = {name: getattr(choice, name) for name in ("cols", "chosen", "inner", "rtol", "atol")}
        return {"choice": {"file": source_file(file), "dtype": choice.source.dtype, **numbers}}
    return {} if tensor.open is None else {"open": open_file(file)}


def manifest(tensors: dict[str, GoldenTensor]) -> list[dict[str, Any]]:
    """What the files are, for a person and for the hosts: one entry a tensor, tolerances with outputs."""
    return [
        {
            "file": file,
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "bytes": tensor.data.size,
            **(dict(zip(("rtol", "atol"), tolerances(tensor), strict=True)) if file.startswith("out") else {}),
            **_freedom(file, tensor),
        }
        for file, tensor in tensors.items()
    ]
