"""What runs kernels: the interface every device gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch_fpga.runtime.build import Built


class Kernel(Protocol):
    """A loaded kernel."""

    def run(self, addresses: Sequence[int]) -> None:
        """Runs to the end with one address a port. Raises FpgaError if the kernel fails."""


class Device(Protocol):
    """A card, or what stands in for one."""

    name: str
    reason: str

    def load(self, built: Built) -> Kernel:
        """Makes a built kernel ready to run."""


def open_device(wanted: str) -> Device:
    """The device an option asks for; ``auto`` takes the best there is."""
    from torch_fpga.runtime.emulation import Emulation

    why = "asked for" if wanted == "emulation" else "no other device is supported yet"
    return Emulation(why)
