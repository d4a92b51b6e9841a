"""Runs a kernel on a device with a memory of its own: copies tensors into its buffers, and results back.

A matrix that the kernel reads over several memory channels is dealt here: channel c of n gets rows c, c + n, …
"""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Collection, Iterable

import torch

from torch_fpga.runtime.device import Buffer, Kernel
from torch_fpga.runtime.layout import flat_bytes
from torch_fpga.runtime.residency import Residency
from torch_fpga.runtime.routes import Route, Routes, p2p_works, window_of
from torch_fpga.runtime.signature import Layout, Port


class Staged:
    """The buffers of one kernel, made once. ``resident`` numbers the inputs that stay until they change."""

    def __init__(self, kernel: Kernel, resident: Collection[int]) -> None:
        self.kernel = kernel
        signature, image = kernel.signature, kernel.image
        parts: dict[tuple[str, int, int, int], _Part] = {}
        p2p = image.p2p
        for number, port in enumerate(signature.ports):
            key = (port.role, port.arg, port.channel, port.channels)
            if key not in parts:
                # Scratch is the kernel's own.
                buffer = image.buffer(port.bytes, kernel.bank(number), image.p2p and port.role != "scratch")
                p2p = p2p and (port.role == "scratch" or p2p_works(buffer))
                parts[key] = _Part(buffer, port)
        self.arguments = [parts[port.role, port.arg, port.channel, port.channels].buffer for port in signature.ports]
        self.steps = [step.dealt for step in signature.steps]
        self.inputs = [
            _Input(layout, _of(parts.values(), "in", number), Residency() if number in resident else None)
            for number, layout in enumerate(signature.inputs)
        ]
        # All ports that write to a result share its buffer.
        self.outputs = [
            _Output(layout, _of(parts.values(), "out", number)[0]) for number, layout in enumerate(signature.outputs)
        ]
        self.routes = Routes(p2p)
        self.route = self.routes.of(torch.device("cpu")).words
        self.sent_bytes = 0
        self._lock = threading.Lock()

    def run(self, tensors: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
        device = tensors[0].device
        with self._lock:
            for tensor, target in zip(tensors, self.inputs, strict=True):
                self.sent_bytes += target.send(tensor, self.routes.of(tensor.device))
            self.kernel.start([*self.arguments, *self.steps]).wait()
            route = self.routes.of(device)
            self.route = route.words
            return [output.fetch(route, device) for output in self.outputs]


@dataclasses.dataclass(frozen=True)
class _Part:
    """A buffer and the share of a tensor that lies in it."""

    buffer: Buffer
    port: Port

    @functools.cached_property
    def window(self) -> torch.Tensor:
        # At the first launch: before, PyTorch may be tracing, and a new tensor would be a fake one.
        return window_of(self.buffer)[: self.port.bytes]

    def fill(self, tensor: torch.Tensor, sync: bool) -> None:
        """Copies the share of a tensor's bytes. Raises FpgaError where the window is gone: the device was closed."""
        _ = self.buffer.host
        if self.port.channels == 1:
            self.window.copy_(tensor)
        else:
            row = self.port.row_elements * self.port.dtype.itemsize
            self.window.view(-1, row).copy_(tensor.view(-1, row)[self.port.channel :: self.port.channels])
        if sync:
            self.buffer.to_device(0, self.port.bytes)


@dataclasses.dataclass(frozen=True)
class _Input:
    layout: Layout
    parts: list[_Part]
    residency: Residency | None

    def send(self, tensor: torch.Tensor, route: Route) -> int:
        """Brings ``tensor`` to the device unless it is there; how many bytes that took."""
        if not self.parts or (self.residency and self.residency.holds(tensor)):
            return 0
        first = self.parts[0].port
        source = route.readable(tensor, self.layout, first.elements * first.dtype.itemsize)
        for part in self.parts:
            part.fill(source, route.syncs)
        if self.residency:
            self.residency.sent(tensor)
        return sum(part.port.bytes for part in self.parts)


@dataclasses.dataclass(frozen=True)
class _Output:
    layout: Layout
    part: _Part

    def fetch(self, route: Route, device: torch.device) -> torch.Tensor:
        """The result, contiguous, on ``device``."""
        if route.syncs:
            self.part.buffer.to_host(0, self.part.port.bytes)
        result = route.result(self.layout, device)
        flat_bytes(result, self.part.port.bytes).copy_(self.part.window)
        return route.delivered(result, device)


def _of(parts: Iterable[_Part], role: str, number: int) -> list[_Part]:
    return [part for part in parts if part.port.role == role and part.port.arg == number]
