"""What runs kernels: the interface that every device gives.

A device loads built kernels as an image. The kernels of an image share a memory, in which buffers are allocated; a
kernel is started with buffers and scalars, and the run is waited for. There are three: ``hw``, a card through XRT;
``sw_emu``, XRT's software emulation of one; and ``emulation``, kernels in this process, which read and write the host's
memory where it lies.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import numpy as np

from torch_fpga.runtime.build import Built
from torch_fpga.runtime.signature import Signature


class Buffer(Protocol):
    """Memory of a device, and the host's window onto it. What is on one side reaches the other by a sync.

    ``host`` is the window as bytes (uint8, ``[size]``).
    """

    size: int
    bank: int

    @property
    def host(self) -> np.ndarray:
        """Raises FpgaError where there is no window any more: the buffer was freed, or its image closed."""

    def to_device(self, offset: int = 0, size: int | None = None) -> None:
        """Brings ``size`` bytes (default: the rest) from ``offset`` on to the device."""

    def to_host(self, offset: int = 0, size: int | None = None) -> None:
        """Brings ``size`` bytes (default: the rest) from ``offset`` on to the host's window."""

    def free(self) -> None:
        """Gives the memory back; the window must not be used any more."""


class Run(Protocol):
    """A launch that was started."""

    def wait(self, timeout: float | None = None) -> None:
        """Returns when the launch has ended.

        Raises:
            FpgaError: it failed, or (``code="timeout"``) it has not ended after ``timeout`` seconds; then it goes on.
        """


class Kernel(Protocol):
    """A loaded kernel, on a compute unit of its own: its launches run one after another.

    ``persistent``: it is one that is started once (``torch_fpga.runtime.commands``).
    """

    name: str
    signature: Signature
    persistent: bool

    @property
    def image(self) -> Image:
        """What the kernel was loaded with."""

    def bank(self, argument: int) -> int:
        """The memory bank that the buffer behind a pointer argument must lie in."""

    def start(self, arguments: Sequence[Buffer | int]) -> Run:
        """Starts a launch with a buffer or address a port, then a number a scalar. Raises FpgaError if it cannot."""


class Image(Protocol):
    """What was loaded together.

    ``in_place``: its kernels take addresses of the host's own memory, so that no buffers are needed.
    ``p2p``: whether its buffers can be mapped over PCIe, so that a GPU writes into them without the host's memory.
    """

    in_place: bool
    p2p: bool

    @property
    def lost(self) -> bool:
        """Whether it was seen that its device is gone."""

    @property
    def banks_apart(self) -> bool:
        """Whether a port reaches only buffers in its own bank, as on a card."""

    @property
    def memory(self) -> Hashable:
        """Equal for images whose buffers lie in one memory."""

    @property
    def kernels(self) -> Sequence[Kernel]:
        """In the order in which they were given to ``load``."""

    def buffer(self, size: int, bank: int = 0, p2p: bool = False) -> Buffer:
        """``size`` bytes in memory bank ``bank``; with ``p2p`` its window is the card's own memory, over PCIe.

        Raises:
            FpgaError: (``code="out-of-memory"``) there is no room.
        """

    def over(self, buffer: Any) -> Buffer:
        """A buffer of this image over the memory of ``buffer``, made by this one or another with the same ``memory``.

        The memory is given back when all buffers over it are freed.

        Raises:
            FpgaError: ``buffer`` is freed, or its device is gone.
        """

    def close(self) -> None:
        """Unloads the kernels, unless other images are on the card too. Launches under way are ended."""


class Device(Protocol):
    """A card, or what stands in for one. ``reason`` says why it was chosen."""

    name: str
    reason: str

    def prepare(self) -> None:
        """Starts in the background what ``load`` will need."""

    def load(self, kernels: Sequence[Built]) -> Image:
        """Makes built kernels ready to run; one that is named twice gets two compute units.

        Raises:
            FpgaError: they cannot be loaded.
        """
