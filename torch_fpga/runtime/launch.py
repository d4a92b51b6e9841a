"""A region as a callable: tensors in, tensors out, a kernel between."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

import numpy as np
import torch

from torch_fpga.runtime.device import Kernel


@dataclasses.dataclass(frozen=True)
class Layout:
    """How a tensor lies in memory: what the kernel was built for."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype

    @staticmethod
    def of(tensor: torch.Tensor) -> Layout:
        return Layout(tuple(tensor.shape), tuple(tensor.stride()), tensor.dtype)

    @property
    def contiguous(self) -> bool:
        return torch.empty_strided(self.shape, self.strides, dtype=self.dtype, device="meta").is_contiguous()


@dataclasses.dataclass(frozen=True)
class Port:
    """A pointer argument of a kernel: its role, and which input, output or scratch it points to."""

    role: str
    arg: int
    elements: int
    dtype: torch.dtype


class Launch:
    """Calls a kernel with tensors. Results are new tensors in the layouts the graph expects.

    ``calls`` and ``last_seconds`` count and time launches (measured on this machine, not a card's time).
    """

    def __init__(
        self, kernel: Kernel, ports: Sequence[Port], inputs: Sequence[Layout], outputs: Sequence[Layout]
    ) -> None:
        self.kernel = kernel
        self.inputs = tuple((layout.strides, layout) for layout in inputs)
        self.outputs = tuple((layout.shape, layout.dtype, None if layout.contiguous else layout) for layout in outputs)
        # The scratch of a launch is used by that launch alone and only inside it, so it is kept. NumPy's, because
        # this runs while PyTorch traces, where a new tensor would be a fake one.
        sizes = {port.arg: port.elements * port.dtype.itemsize for port in ports if port.role == "scratch"}
        self.scratch = [np.empty(sizes[arg], np.uint8) for arg in sorted(sizes)]
        self.scratch_pointers = [array.ctypes.data for array in self.scratch]
        base = {"in": 0, "out": len(inputs), "scratch": len(inputs) + len(outputs)}
        self.slots = tuple(base[port.role] + port.arg for port in ports)
        self.calls = 0
        self.last_seconds = 0.0

    def __call__(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        start = time.perf_counter()
        device = tensors[0].device
        given = [
            t if t.stride() == strides and t.device.type == "cpu" else _laid_out(t, layout)
            for t, (strides, layout) in zip(tensors, self.inputs, strict=True)
        ]
        results = [torch.empty(shape, dtype=dtype) for shape, dtype, _ in self.outputs]
        pointers = [t.data_ptr() for t in (*given, *results)] + self.scratch_pointers
        self.kernel.run([pointers[slot] for slot in self.slots])
        self.calls += 1
        self.last_seconds = time.perf_counter() - start
        return tuple(
            t if layout is None and device.type == "cpu" else _restored(t, layout, device)
            for t, (_, _, layout) in zip(results, self.outputs, strict=True)
        )


def _laid_out(tensor: torch.Tensor, layout: Layout) -> torch.Tensor:
    """A copy in host memory that lies as the kernel expects."""
    copy = torch.empty_strided(layout.shape, layout.strides, dtype=layout.dtype)
    # Where several positions share an element, one of them is enough.
    shared = [i for i, (n, s) in enumerate(zip(layout.shape, layout.strides, strict=True)) if n > 1 and s == 0]
    for axis in shared:
        copy, tensor = copy.narrow(axis, 0, 1), tensor.narrow(axis, 0, 1)
    copy.copy_(tensor)
    return copy.expand(layout.shape)


def _restored(tensor: torch.Tensor, layout: Layout | None, device: torch.device) -> torch.Tensor:
    return (tensor if layout is None else _laid_out(tensor, layout)).to(device)
