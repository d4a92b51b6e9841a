"""A region as a callable: tensors in, tensors out, a kernel between."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Collection, Sequence
from typing import Protocol

import torch

from torch_fpga.debug import log
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.commands import CommandedKernel
from torch_fpga.runtime.device import Device, Kernel
from torch_fpga.runtime.fitted import Fitted
from torch_fpga.runtime.in_place import InPlace
from torch_fpga.runtime.layout import laid_out
from torch_fpga.runtime.signature import Layout, Signature
from torch_fpga.runtime.staging import Staged


class Transport(Protocol):
    """How the tensors of a launch reach the kernel and come back.

    ``route`` says it for the report; ``sent_bytes`` counts what went to the device so far.
    """

    route: str
    sent_bytes: int

    def run(self, tensors: tuple[torch.Tensor, ...], sizes: tuple[int, ...] = ()) -> list[torch.Tensor]:
        """Runs the kernel on ``tensors``, with the extents of its signature so large.

        The results are contiguous, and on the device of the first tensor.
        """


@dataclasses.dataclass
class Count:
    """Launches so far, how long the last one took here (not a card's time), and how data reached the device."""

    calls: int = 0
    last_seconds: float = 0.0
    route: str = ""
    sent_bytes: int = 0


class Loaded:
    """The kernels of a graph on a device, loaded together. Where the device was lost they are loaded on it anew."""

    def __init__(self, device: Device, built: Sequence[Built]) -> None:
        self._device, self._built = device, built
        self._lock = threading.Lock()
        self.kernels = list(device.load(built).kernels)

    def kernel(self, number: int) -> Kernel:
        """The n-th. Raises FpgaError where it has to be loaded anew and cannot be."""
        if self.kernels[0].image.lost:
            with self._lock:
                if self.kernels[0].image.lost:
                    log.warning("the device was lost; the kernels are loaded on it anew")
                    self.kernels[0].image.close()
                    self.kernels = list(self._device.load(self._built).kernels)
        return self.kernels[number]


class Launch:
    """Calls a kernel with tensors. Results are new tensors in the layouts the graph expects.

    After an error that says that the device is gone (``code="device-lost"``) the next call loads the kernels anew.

    Args:
        kernel: the one to call.
        resident: numbers the inputs that are parameters or buffers: they stay on the device until they change.
        checked: whether every call looks for changes of them that PyTorch does not tell of.
        loaded: what to load the kernel anew with, and ``number``, its place there.
    """

    def __init__(
        self,
        kernel: Kernel,
        resident: Collection[int] = (),
        checked: bool = True,
        loaded: Loaded | None = None,
        number: int = 0,
    ) -> None:
        self._resident, self._checked = resident, checked
        self._loaded = None if kernel.image.in_place else loaded
        self._number = number
        self.outputs = Fitted[tuple[Layout | None, ...]](kernel.signature)
        self.count = Count()
        self._use(kernel)

    def _use(self, kernel: Kernel) -> None:
        self._kernel = kernel
        called = CommandedKernel(kernel) if kernel.persistent else kernel  # type: ignore[arg-type]
        self.transport: Transport
        # An in-place image is the emulation's, whose kernels can be called without a run object.
        if kernel.image.in_place:
            self.transport = InPlace(called)  # type: ignore[arg-type]
        else:
            self.transport = Staged(called, self._resident, self._checked)
        self.count.route = self.transport.route

    @property
    def called(self) -> str:
        """How the device is had to run a step: ``persistent`` by a command, ``xrt`` by a launch, ``call`` in place."""
        if self._kernel.persistent:
            return "persistent"
        return "call" if self._kernel.image.in_place else "xrt"

    def __call__(self, *tensors: torch.Tensor, sizes: tuple[int, ...] = ()) -> tuple[torch.Tensor, ...]:
        """The results for ``tensors``; ``sizes`` are those of the signature's extents."""
        start = time.perf_counter()
        if self._loaded is not None and (kernel := self._loaded.kernel(self._number)) is not self._kernel:
            self._use(kernel)
        transport, count = self.transport, self.count
        before = transport.sent_bytes
        results = transport.run(tensors, sizes)
        count.calls += 1
        count.last_seconds = time.perf_counter() - start
        count.route = transport.route
        count.sent_bytes += transport.sent_bytes - before
        layouts = self.outputs.of(sizes, _layouts)
        return tuple(t if layout is None else laid_out(t, layout) for t, layout in zip(results, layouts, strict=True))


def _layouts(signature: Signature) -> tuple[Layout | None, ...]:
    """Of the results that are not contiguous."""
    return tuple(None if layout.contiguous else layout for layout in signature.outputs)
