"""Runs a kernel on a device with a memory of its own: copies tensors into its buffers, and results back.

A tensor that the kernel reads over several memory channels is sharded here: each channel gets a block of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
from collections.abc import Collection, Sequence

import torch

from torch_fpga.errors import FpgaError
from torch_fpga.runtime.device import Buffer, Kernel, Run
from torch_fpga.runtime.fitted import Fitted
from torch_fpga.runtime.layout import flat_bytes
from torch_fpga.runtime.residency import Contents, Lease, count_of_changes, lease
from torch_fpga.runtime.routes import Route, Routes, p2p_works, window_of
from torch_fpga.runtime.signature import Layout, Port, Signature

_Key = tuple[str, int, int, int]


class Staged:
    """The buffers of one kernel. ``resident`` numbers the inputs that stay on the device until they change.

    ``checked``: their contents are looked at in every call, while the kernel runs; else only what PyTorch tells of.
    """

    def __init__(self, kernel: Kernel, resident: Collection[int], checked: bool = True) -> None:
        self.kernel = kernel
        signature, image = kernel.signature, kernel.image
        self._keys = [_key_of(port) for port in signature.ports]
        # All ports that write to a result share its buffer, as do those of an input that read the same rows.
        self._numbers = {key: self._keys.index(key) for key in dict.fromkeys(self._keys)}
        self._buffers: dict[_Key, Buffer] = {}
        p2p = image.p2p
        for key, number in self._numbers.items():
            port = signature.ports[number]
            if port.role == "in" and port.arg in resident:
                continue
            # Scratch is the kernel's own.
            buffer = image.buffer(
                port.room_bytes if signature.extents else port.read_bytes,
                kernel.bank(number),
                image.p2p and port.role != "scratch",
            )
            p2p = p2p and (port.role == "scratch" or p2p_works(buffer))
            self._buffers[key] = buffer
        self._resident: dict[int, _ResidentInput] = {}
        for arg, layout in enumerate(signature.inputs):
            mine = self._numbers_of("in", arg)
            if arg in resident and mine:
                ports, banks = [signature.ports[number] for number in mine], [kernel.bank(number) for number in mine]
                self._resident[arg] = _ResidentInput(kernel, layout, ports, banks, checked)
        self._fitted = Fitted[_Places](signature)
        self.routes = Routes(p2p)
        self.route = self.routes.of(torch.device("cpu")).words
        self.sent_bytes = 0
        self._lock = threading.Lock()
        self._started: Run | None = None

    def _numbers_of(self, role: str, arg: int) -> list[int]:
        """The ports of a tensor, one for each of its buffers."""
        return [number for key, number in self._numbers.items() if key[:2] == (role, arg)]

    def _places(self, signature: Signature) -> _Places:
        parts = {key: _Part(buffer, signature.ports[self._numbers[key]]) for key, buffer in self._buffers.items()}

        def of(role: str, arg: int) -> list[_Part]:
            return [part for key, part in parts.items() if key[:2] == (role, arg)]

        inputs = [
            self._resident.get(arg) or _Input(layout, of("in", arg)) for arg, layout in enumerate(signature.inputs)
        ]
        outputs = [_Output(layout, of("out", arg)) for arg, layout in enumerate(signature.outputs)]
        return _Places(inputs, outputs, [scalar.value for scalar in signature.scalars])

    def run(self, tensors: tuple[torch.Tensor, ...], sizes: tuple[int, ...] = ()) -> list[torch.Tensor]:
        device = self.kernel.signature.device_of(tensors)
        with self._lock:
            self._let_end()
            places = self._fitted.of(sizes, self._places)
            given = list(zip(places.inputs, tensors, strict=True))
            for target, tensor in given:
                self._bring(target, tensor)
            self._start(places)
            # The contents of what is there already are looked at while the kernel reads them.
            changed = [(target, tensor) for target, tensor in given if not target.is_current(tensor)]
            if changed:
                self._let_end()
                for target, tensor in changed:
                    self._bring(target, tensor)
                self._start(places)
            self._wait()
            route = self.routes.of(device)
            self.route = route.words
            return [output.fetch(route, device) for output in places.outputs]

    def _bring(self, target: _Input | _ResidentInput, tensor: torch.Tensor) -> None:
        if target.make_room(tensor) and not all(p2p_works(part.buffer) for part in target.parts):
            self.routes = Routes(p2p=False)
        self.sent_bytes += target.send(tensor, self.routes.of(tensor.device))

    def _start(self, places: _Places) -> None:
        buffers = dict(self._buffers)
        for target in self._resident.values():
            buffers.update((_key_of(part.port), part.buffer) for part in target.parts)
        self._started = self.kernel.start([*(buffers[key] for key in self._keys), *places.scalars])

    def _wait(self) -> None:
        if self._started:
            self._started.wait()
        self._started = None

    def _let_end(self) -> None:
        """A launch whose result nobody wants ends before its buffers are filled anew, or freed."""
        with contextlib.suppress(FpgaError):
            self._wait()
        self._started = None


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
        self.window.copy_(tensor.narrow(0, self.port.first_byte, self.port.bytes))
        if sync:
            self.buffer.to_device(0, self.port.bytes)


@dataclasses.dataclass(frozen=True)
class _Places:
    """The buffers of a launch whose sizes are known, and the numbers it is given."""

    inputs: Sequence[_Input | _ResidentInput]
    outputs: Sequence[_Output]
    scalars: Sequence[int]


@dataclasses.dataclass(frozen=True)
class _Input:
    """A tensor that is sent with every call."""

    layout: Layout
    parts: Sequence[_Part]

    def make_room(self, tensor: torch.Tensor) -> bool:
        return False

    def send(self, tensor: torch.Tensor, route: Route) -> int:
        """Brings ``tensor`` to the device; how many bytes that took."""
        return _fill(self.parts, self.layout, tensor, route) if self.parts else 0

    def is_current(self, tensor: torch.Tensor) -> bool:
        return True


class _ResidentInput:
    """A parameter or buffer, which the device has already unless it changed."""

    def __init__(
        self, kernel: Kernel, layout: Layout, ports: Sequence[Port], banks: Sequence[int], checked: bool
    ) -> None:
        self.layout, self.parts = layout, list[_Part]()
        self._kernel, self._ports, self._banks, self._checked = kernel, ports, banks, checked
        self._size = ports[0].elements * ports[0].dtype.itemsize
        self._lease: Lease | None = None
        self._unsure = False
        self._found: Contents | None = None

    def make_room(self, tensor: torch.Tensor) -> bool:
        """Sees to it that ``parts`` are those of ``tensor``; whether they are new, and a GPU may have to reach them."""
        image = self._kernel.image
        if self._lease is not None and self._lease.is_of(image, tensor, self.layout, self._ports, self._banks):
            return False
        # First, for the memory may not have room for both.
        self.parts, self._lease = [], None
        self._lease = lease(image, tensor, self.layout, self._ports, self._banks)
        self.parts = [_Part(buffer, port) for buffer, port in zip(self._lease.buffers, self._ports, strict=True)]
        return image.p2p

    def send(self, tensor: torch.Tensor, route: Route) -> int:
        """Brings ``tensor`` to the device unless it may be there; how many bytes that took."""
        assert self._lease is not None
        resident = self._lease.resident
        found, self._found = self._found, None
        with resident.lock:
            held, version = resident.contents, count_of_changes(tensor)
            if found is None and held is not None and held.version == version:
                self._unsure = self._checked
                if self._checked or version is not None:
                    return 0
            now = found or Contents.of(tensor, self.layout, self._size, self._checked)
            resident.contents = None
            # A count that was raised does not always mean other contents.
            known = held is not None and self._checked and held.print == now.print
            sent = 0 if known else _fill(self.parts, self.layout, tensor, route)
            resident.contents = now
            return sent

    def is_current(self, tensor: torch.Tensor) -> bool:
        """Whether the device has ``tensor`` as it is now. Looks at its contents where ``send`` did not."""
        if not self._unsure:
            return True
        self._unsure = False
        assert self._lease is not None
        resident = self._lease.resident
        now = Contents.of(tensor, self.layout, self._size, checked=True)
        with resident.lock:
            if resident.contents is not None and resident.contents.print == now.print:
                return True
            self._found = now
            return False


def _fill(parts: Sequence[_Part], layout: Layout, tensor: torch.Tensor, route: Route) -> int:
    first = parts[0].port
    source = route.readable(tensor, layout, first.elements * first.dtype.itemsize)
    for part in parts:
        part.fill(source, route.syncs)
    return sum(part.port.bytes for part in parts)


@dataclasses.dataclass(frozen=True)
class _Output:
    """A result: in one part, or a part a channel."""

    layout: Layout
    parts: Sequence[_Part]

    def fetch(self, route: Route, device: torch.device) -> torch.Tensor:
        """The result, contiguous, on ``device``."""
        result = route.result(self.layout, device)
        first = self.parts[0].port
        flat = flat_bytes(result, first.elements * first.dtype.itemsize)
        for part in self.parts:
            if route.syncs:
                part.buffer.to_host(0, part.port.bytes)
            flat.narrow(0, part.port.first_byte, part.port.bytes).copy_(part.window)
        return route.delivered(result, device)


def _key_of(port: Port) -> _Key:
    return port.role, port.arg, port.channel, port.channels
