"""The ways between a tensor and a device's buffer, chosen for each launch by what the machine can do.

- ``host``: a tensor in host memory is copied into the buffer's window, and the window is synced.
- ``pinned``: a tensor on a GPU goes through pinned host memory first, which the GPU's copy engine reaches itself.
- ``p2p``: a tensor on a GPU is copied straight into a window that is the card's own memory, over PCIe; no sync.
"""

from __future__ import annotations

import ctypes
from typing import Protocol

import torch

from torch_fpga.debug import log
from torch_fpga.runtime.device import Buffer
from torch_fpga.runtime.layout import empty, flat_bytes, in_layout, laid_out
from torch_fpga.runtime.signature import Layout

# cudaHostRegister (CUDA runtime API): memory of another PCIe device.
_IO_MEMORY = 4


class Route(Protocol):
    """One way. ``words`` say it for the report; ``p2p`` and ``syncs`` what it asks of a buffer."""

    words: str
    syncs: bool

    def readable(self, tensor: torch.Tensor, layout: Layout, size: int) -> torch.Tensor:
        """The ``size`` bytes of ``tensor`` in ``layout``, as uint8 ``[size]``, from where a window can be filled."""

    def result(self, layout: Layout, device: torch.device) -> torch.Tensor:
        """A contiguous tensor to copy a result into from a window."""

    def delivered(self, result: torch.Tensor, device: torch.device) -> torch.Tensor:
        """The result on ``device``."""


class HostRoute:
    """From and to host memory."""

    words = "through the host's memory"
    syncs = True

    def readable(self, tensor: torch.Tensor, layout: Layout, size: int) -> torch.Tensor:
        return flat_bytes(in_layout(tensor.cpu(), layout), size)

    def result(self, layout: Layout, device: torch.device) -> torch.Tensor:
        return torch.empty(layout.shape, dtype=layout.dtype)

    def delivered(self, result: torch.Tensor, device: torch.device) -> torch.Tensor:
        return result.to(device)


class PinnedRoute:
    """From and to a GPU through pinned memory, which is kept for the next launch."""

    words = "from the GPU through pinned host memory"
    syncs = True

    def __init__(self) -> None:
        self._pinned: dict[Layout, torch.Tensor] = {}

    def readable(self, tensor: torch.Tensor, layout: Layout, size: int) -> torch.Tensor:
        return flat_bytes(laid_out(tensor, layout, like=self._kept(layout)), size)

    def result(self, layout: Layout, device: torch.device) -> torch.Tensor:
        return torch.empty(layout.shape, dtype=layout.dtype, pin_memory=True)

    def delivered(self, result: torch.Tensor, device: torch.device) -> torch.Tensor:
        return result.to(device)

    def _kept(self, layout: Layout) -> torch.Tensor:
        if layout not in self._pinned:
            self._pinned[layout] = empty(layout, torch.device("cpu"), pinned=True)
        return self._pinned[layout]


class P2pRoute:
    """From and to a GPU without the host's memory."""

    words = "between GPU and card directly (P2P)"
    syncs = False

    def readable(self, tensor: torch.Tensor, layout: Layout, size: int) -> torch.Tensor:
        return flat_bytes(in_layout(tensor, layout), size)

    def result(self, layout: Layout, device: torch.device) -> torch.Tensor:
        return torch.empty(layout.shape, dtype=layout.dtype, device=device)

    def delivered(self, result: torch.Tensor, device: torch.device) -> torch.Tensor:
        return result


class Routes:
    """The routes of one launcher. ``p2p``: whether its buffers are mapped for peer-to-peer copies."""

    def __init__(self, p2p: bool) -> None:
        self._host = HostRoute()
        self._gpu: Route = P2pRoute() if p2p else PinnedRoute()

    def of(self, device: torch.device) -> Route:
        """The way for tensors on ``device``."""
        return self._host if device.type == "cpu" else self._gpu


def p2p_works(buffer: Buffer) -> bool:
    """Whether this machine's GPU can copy into the window of a buffer that was mapped for it."""
    if not torch.cuda.is_available():
        return False
    address = buffer.host.ctypes.data
    error = torch.cuda.cudart().cudaHostRegister(address, buffer.size, _IO_MEMORY)
    if int(error) != 0:
        log.warning("the GPU cannot reach the card's memory (cudaHostRegister: %s); copies go through the host", error)
        return False
    return True


def window_of(buffer: Buffer) -> torch.Tensor:
    """The host's window of a buffer as a tensor, uint8 ``[size]``."""
    return torch.frombuffer((ctypes.c_uint8 * buffer.size).from_address(buffer.host.ctypes.data), dtype=torch.uint8)
