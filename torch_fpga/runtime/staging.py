"""Runs a kernel on a device with a memory of its own: copies tensors into its buffers, and results back.

A matrix that the kernel reads over several memory channels is dealt here: channel c of n gets rows c, c + n, ...
"""

from __future__ import annotations

import ctypes
import dataclasses
import threading
from collections.abc import Collection, Iterable

import numpy as np
import torch

from torch_fpga.runtime.device import Buffer, Kernel
from torch_fpga.runtime.layout import on_host
from torch_fpga.runtime.residency import Residency
from torch_fpga.runtime.signature import Layout, Port


class Staged:
    """The buffers of one kernel, made once. ``resident`` numbers the inputs that stay until they change."""

    def __init__(self, kernel: Kernel, resident: Collection[int]) -> None:
        self.kernel = kernel
        signature = kernel.signature
        parts: dict[tuple[str, int, int, int], _Part] = {}
        for number, port in enumerate(signature.ports):
            key = (port.role, port.arg, port.channel, port.channels)
            if key not in parts:
                parts[key] = _Part(kernel.image.buffer(port.bytes, kernel.bank(number)), port)
        self.arguments = [parts[port.role, port.arg, port.channel, port.channels].buffer for port in signature.ports]
        self.steps = [step.dealt for step in signature.steps]
        self.inputs = [
            _Input(number, layout, _of(parts.values(), "in", number), Residency() if number in resident else None)
            for number, layout in enumerate(signature.inputs)
        ]
        # Several ports may write parts of one result; all share its buffer.
        self.outputs = [_of(parts.values(), "out", number)[0] for number in range(len(signature.outputs))]
        self._lock = threading.Lock()

    def run(self, tensors: tuple[torch.Tensor, ...], results: list[torch.Tensor]) -> int:
        with self._lock:
            sent = sum(target.send(tensor) for tensor, target in zip(tensors, self.inputs, strict=True))
            self.kernel.start([*self.arguments, *self.steps]).wait()
            for result, source in zip(results, self.outputs, strict=True):
                source.buffer.to_host(0, source.size)
                ctypes.memmove(result.data_ptr(), source.buffer.host.ctypes.data, source.size)
            return sent


@dataclasses.dataclass(frozen=True)
class _Part:
    """A buffer and the share of a tensor that lies in it."""

    buffer: Buffer
    port: Port

    @property
    def size(self) -> int:
        return self.port.bytes

    def fill(self, address: int, size: int) -> None:
        """Copies the share from a tensor's ``size`` bytes at ``address`` and syncs it."""
        if self.port.channels == 1:
            ctypes.memmove(self.buffer.host.ctypes.data, address, self.size)
        else:
            whole = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
            row = self.port.row_elements * self.port.dtype.itemsize
            rows = whole.reshape(-1, row)[self.port.channel :: self.port.channels]
            np.copyto(self.buffer.host[: self.size].reshape(-1, row), rows)
        self.buffer.to_device(0, self.size)


@dataclasses.dataclass(frozen=True)
class _Input:
    number: int
    layout: Layout
    parts: list[_Part]
    residency: Residency | None

    def send(self, tensor: torch.Tensor) -> int:
        """Brings ``tensor`` to the device unless it is there; how many bytes that took."""
        if self.residency and self.residency.holds(tensor):
            return 0
        host = on_host(tensor, self.layout)
        for part in self.parts:
            part.fill(host.data_ptr(), part.port.elements * part.port.dtype.itemsize)
        if self.residency:
            self.residency.sent(tensor)
        return sum(part.size for part in self.parts)


def _of(parts: Iterable[_Part], role: str, number: int) -> list[_Part]:
    return [part for part in parts if part.port.role == role and part.port.arg == number]
