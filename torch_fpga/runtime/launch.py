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
from torch_fpga.runtime.staging import Staged


class Transport(Protocol):
    """How the tensors of a launch reach the kernel and come back.

    ``route`` says it for the report; ``sent_bytes`` counts what went to the device so far.
    """

    route: str
    sent_bytes: int

    def run(self, tensors: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
        """Runs the kernel on ``tensors``. The results are contiguous, and on the device of the first tensor."""


@dataclasses.dataclass
class Count:
    """Launches so far, how long the last one took here (not a card's time), and how data reached the device."""

    calls: int = 0
    last_seconds: float = 0.0
    route: str = ""
    sent_bytes: int = 0


class Launch:
    """Calls a kernel with tensors. Results are new tensors in the layouts the graph expects.

    ``resident`` numbers the inputs that are parameters or buffers: they stay on the device until they change.
    """

    def __init__(self, kernel: Kernel, resident: Collection[int] = ()) -> None:
        self.outputs = tuple(None if layout.contiguous else layout for layout in kernel.signature.outputs)
        # An in-place image is the emulation's, whose kernels can be called without a run object.
        self.transport: Transport = InPlace(kernel) if kernel.image.in_place else Staged(kernel, resident)  # type: ignore[arg-type]
        self.count = Count(route=self.transport.route)

    def __call__(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        start = time.perf_counter()
        transport, count = self.transport, self.count
        results = transport.run(tensors)
        count.calls += 1
        count.last_seconds = time.perf_counter() - start
        count.route, count.sent_bytes = transport.route, transport.sent_bytes
        return tuple(
            t if layout is None else laid_out(t, layout) for t, layout in zip(results, self.outputs, strict=True)
        )
