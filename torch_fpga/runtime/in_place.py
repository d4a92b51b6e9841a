"""Runs a kernel on the host's memory where it lies: the tensors' own addresses are its arguments."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from torch_fpga.runtime.fitted import Fitted
from torch_fpga.runtime.layout import ALIGNMENT, in_layout, laid_out
from torch_fpga.runtime.signature import Layout, Signature


class DirectKernel(Protocol):
    """A kernel that can be called with addresses."""

    signature: Signature

    def run(self, words: list[int]) -> None:
        """Runs to the end. Raises FpgaError if the kernel fails."""


class InPlace:
    """On the way of every call of the emulation, so what can be known before is known before."""

    route = "in place: the kernel reads and writes the host's memory"
    sent_bytes = 0

    def __init__(self, kernel: DirectKernel) -> None:
        signature = kernel.signature
        self.kernel = kernel
        # The scratch of a launch is used by that launch alone and only inside it, so it is kept. NumPy's, because
        # this runs while PyTorch traces, where a new tensor would be a fake one.
        sizes = {port.arg: port.elements * port.dtype.itemsize for port in signature.ports if port.role == "scratch"}
        self.scratch = {arg: np.empty(size, np.uint8) for arg, size in sizes.items()}
        self.fitted = Fitted[_Places](signature)

    def run(self, tensors: tuple[torch.Tensor, ...], sizes: tuple[int, ...] = ()) -> list[torch.Tensor]:
        places = self.fitted.of(sizes, self._places)
        given = [
            t if t.stride() == strides and t.device.type == "cpu" and not t.is_neg() else in_layout(t.cpu(), layout)
            for t, (strides, layout) in zip(tensors, places.inputs, strict=True)
        ]
        for slot in places.longer:
            given[slot] = _longer(given[slot], places.inputs[slot][1])
        results = [torch.empty(shape, dtype=dtype) for shape, dtype in places.outputs]
        pointers = [t.data_ptr() for t in (*given, *results)] + places.scratch_pointers
        self.kernel.run([pointers[slot] + first for slot, first in places.slots] + places.scalars)
        device = self.kernel.signature.device_of(tensors)
        return results if device.type == "cpu" else [result.to(device) for result in results]

    def _places(self, signature: Signature) -> _Places:
        return _Places(signature, self.scratch)


class _Places:
    """Where everything lies in a launch of a kernel whose sizes are known."""

    def __init__(self, signature: Signature, scratch: dict[int, np.ndarray]) -> None:
        self.inputs = tuple((layout.strides, layout) for layout in signature.inputs)
        self.outputs = tuple((layout.shape, layout.dtype) for layout in signature.outputs)
        self.scratch_pointers = [array.ctypes.data for array in scratch.values()]
        tensors = [("in", arg) for arg in range(len(self.inputs))] + [("out", arg) for arg in range(len(self.outputs))]
        # The numbers of scratch have gaps: some of it is kept on chip.
        slot_of = {key: i for i, key in enumerate([*tensors, *(("scratch", arg) for arg in scratch)])}
        # A sharded tensor lies in one piece, and the port of each block points into it.
        self.slots = tuple((slot_of[port.role, port.arg], port.first_byte) for port in signature.ports)
        self.scalars = [scalar.value for scalar in signature.scalars]
        # Ports of whole vectors read whole ones to the end.
        self.longer = sorted({p.arg for p in signature.ports if p.role == "in" and p.read_bytes > p.bytes})


def _longer(tensor: torch.Tensor, layout: Layout) -> torch.Tensor:
    """A copy that lies alike, with room for a whole vector at its end."""
    last = sum((size - 1) * stride for size, stride in zip(layout.shape, layout.strides, strict=True))
    room = torch.empty(last + 1 + ALIGNMENT, dtype=layout.dtype)
    return laid_out(tensor, layout, room.as_strided(layout.shape, layout.strides))
