"""A region as a callable: tensors in, tensors out, a kernel between."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection
from typing import Protocol

import torch

from torch_fpga.runtime.device import Kernel
from torch_fpga.runtime.in_place import InPlace
from torch_fpga.runtime.layout import laid_out
from torch_fpga.runtime.signature import Layout
from torch_fpga.runtime.staging import Staged


class Transport(Protocol):
    """How the tensors of a launch reach the kernel and come back."""

    def run(self, tensors: tuple[torch.Tensor, ...], results: list[torch.Tensor]) -> int:
        """Runs the kernel on ``tensors`` and fills ``results``, which are contiguous and on the host.

        Returns how many bytes were sent to the device.
        """


@dataclasses.dataclass
class Count:
    """Launches so far, how long the last one took here (not a card's time), and what went to the device."""

    calls: int = 0
    last_seconds: float = 0.0
    sent_bytes: int = 0


class Launch:
    """Calls a kernel with tensors. Results are new tensors in the layouts the graph expects.

    ``resident`` numbers the inputs that are parameters or buffers: they stay on the device until they change.
    """

    def __init__(self, kernel: Kernel, resident: Collection[int] = ()) -> None:
        signature = kernel.signature
        self.outputs = tuple(
            (layout.shape, layout.dtype, None if layout.contiguous else layout) for layout in signature.outputs
        )
        # An in-place image is the emulation's, whose kernels can be called without a run object.
        self.transport: Transport = InPlace(kernel) if kernel.image.in_place else Staged(kernel, resident)  # type: ignore[arg-type]
        self.transfers = kernel.image.transfers
        self.count = Count()

    def __call__(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        start = time.perf_counter()
        device = tensors[0].device
        results = [torch.empty(shape, dtype=dtype) for shape, dtype, _ in self.outputs]
        count = self.count
        count.sent_bytes += self.transport.run(tensors, results)
        count.calls += 1
        count.last_seconds = time.perf_counter() - start
        return tuple(
            t if layout is None and device.type == "cpu" else _restored(t, layout, device)
            for t, (_, _, layout) in zip(results, self.outputs, strict=True)
        )


def _restored(tensor: torch.Tensor, layout: Layout | None, device: torch.device) -> torch.Tensor:
    return (tensor if layout is None else laid_out(tensor, layout)).to(device)
