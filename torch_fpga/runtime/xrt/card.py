"""``hw``: a real card through XRT, with an xclbin that was built from an exported Vitis project.

The export writes ``kernels.json`` beside the kernels: by it a kernel compiled here is found in the xclbin, whatever its
name (``torch_fpga.codegen.identity``). None of this has met a card yet.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path

from torch_fpga.codegen.xclbin import Xclbin
from torch_fpga.errors import ToolError, UserError
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.doorbell import Spin
from torch_fpga.runtime.xrt.api import api, failed
from torch_fpga.runtime.xrt.constants import P2P
from torch_fpga.runtime.xrt.image import XrtImage
from torch_fpga.runtime.xrt.kernel import ComputeUnit
from torch_fpga.runtime.xrt.memory import Memory
from torch_fpga.runtime.xrt.open_card import enter
from torch_fpga.runtime.xrt.session import Session, not_while_loading

MANIFEST = "kernels.json"
_XILINX = "0x10ee"
_MEMORY = ("MEM_DDR3", "MEM_DDR4", "MEM_DRAM", "MEM_HBM")


class Card:
    """The first card of this machine.

    Args:
        reason: why it was chosen.
        timeout: seconds after which a wait for a launch is given up.
        xclbin: the built file; ``kernels.json`` of its export lies beside it or one folder up.

    Raises:
        ToolError: there is no card, no XRT, or no xclbin.
    """

    name = "hw"

    def __init__(self, reason: str, xclbin: str, timeout: float) -> None:
        self.reason, self._timeout = reason, timeout
        if not cards():
            raise ToolError("no Alveo card in this machine", code="no-card")
        if mode := emulation():
            raise ToolError(f"XRT emulates in this process (XCL_EMULATION_MODE={mode})", code="no-card")
        api()
        if not xclbin:
            raise ToolError(
                "there is a card, but no xclbin for it",
                code="no-xclbin",
                hint="export the model (torch_fpga.export), build the project, and name the file in the option xclbin",
            )
        self._xclbin = Path(xclbin)
        self._entries = _manifest(self._xclbin)

    def prepare(self) -> None:
        """An xclbin takes hours to build; it is there or not."""

    def load(self, kernels: Sequence[Built]) -> XrtImage:
        found = [self._found(kernel) for kernel in kernels]
        names = [entry.name for entry in found]
        kernels = [dataclasses.replace(k, persistent=entry.persistent) for k, entry in zip(kernels, found, strict=True)]
        card, session = enter(self._xclbin, _open)
        # Vitis numbers the compute units of a kernel from 1.
        seen: dict[str, int] = {}
        instances = []
        for name in names:
            seen[name] = seen.get(name, 0) + 1
            instances.append(f"{name}:{{{name}_{seen[name]}}}")
        timeout = self._timeout
        numbers = range(len(kernels))
        return XrtImage(session, kernels, instances, numbers, card.leave, timeout, timeout, card.p2p)

    def _found(self, kernel: Built) -> _Entry:
        entry = self._entries.get(kernel.identity)
        if entry is None:
            raise ToolError(
                f"{self._xclbin} has no such kernel as {kernel.name}",
                code="not-in-xclbin",
                hint="the model, its shapes or torch_fpga changed since the export: export it and build it again",
            )
        if kernel.persistent and not entry.persistent:
            raise ToolError(
                f"{kernel.name} is started for every step in {self._xclbin}",
                code="not-in-xclbin",
                hint="export the model with launch='persistent' and build it again, or leave the option launch out",
            )
        return entry


def _open(file: Path, xclbin: Xclbin) -> tuple[Session, bool]:
    """The card with an xclbin on it, and whether it maps its memory over PCIe."""
    device = api().xrtDeviceOpen(0)
    if not device:
        raise failed("open the card", hint="xbutil examine says how the card is")
    with not_while_loading:
        refused = api().xrtDeviceLoadXclbinFile(device, str(file).encode())
    if refused:
        busy = ctypes.get_errno() == errno.EBUSY
        hint = "another process has another xclbin on it" if busy else "it must have been built for the card's platform"
        error = failed(f"load {file}", hint=hint)
        api().xrtDeviceClose(device)
        raise error
    # Only what a kernel is wired to can be allocated.
    capacity = sum(bank.size for bank in xclbin.banks if bank.used and bank.type in _MEMORY)
    return Session(device, CardWatch(), Memory(capacity)), _has_p2p(device)


class CardWatch:
    """XRT itself says what becomes of a card's launches."""

    polls = False
    guard_bytes = 0
    numbers_launches = False
    bell = Spin()
    fixed_sight = False
    has_host_memory = True
    banks_apart = True

    def check(self) -> None:
        """A card that is gone shows in the next call."""

    def outcome(self, unit: ComputeUnit, launch: int) -> None:
        """XRT's state of the run has said it."""

    def has_ended(self, unit: ComputeUnit, launch: int) -> bool:
        return False  # the card's own word is XRT's

    def kill(self, unit: ComputeUnit) -> bool:
        return False  # that takes a reset of the card

    def shared_memory(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def abandon(self) -> None:
        """The driver ends what a closed card runs."""

    def memory_of(self, file: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def latest_file(self) -> str:
        return ""


def cards(devices: Path = Path("/sys/bus/pci/devices")) -> list[str]:
    """PCI addresses of AMD's (Xilinx's) cards in this machine, by what the system says, without XRT."""
    vendors = devices.glob("*/vendor")
    return sorted(file.parent.name for file in vendors if file.read_text().strip() == _XILINX)


def emulation() -> str:
    """What XRT emulates in this process; empty where it speaks to cards."""
    return os.environ.get("XCL_EMULATION_MODE", "")


@dataclasses.dataclass(frozen=True)
class _Entry:
    """A kernel of an xclbin; ``persistent``: it was built as one that is started once."""

    name: str
    persistent: bool


def _manifest(xclbin: Path) -> dict[str, _Entry]:
    """The kernels of an xclbin by their identity."""
    if not xclbin.is_file():
        raise UserError(f"option xclbin: {xclbin} is not a file", code="bad-option")
    for folder in (xclbin.parent, xclbin.parent.parent):
        if (file := folder / MANIFEST).is_file():
            kernels = json.loads(file.read_text())["kernels"]
            return {
                kernel["identity"]: _Entry(kernel["name"], kernel.get("launch") == "persistent") for kernel in kernels
            }
    raise UserError(
        f"{MANIFEST} is not beside {xclbin}",
        code="bad-option",
        hint="keep the file of the exported project with the xclbin that was built from it",
    )


def _has_p2p(device: int) -> bool:
    """Whether the card maps its memory over PCIe: tried, for XRT 2.13's C interface has no question for it."""
    handle = api().xrtBOAlloc(device, 4096, P2P, 0)
    if not handle:
        return False
    works = bool(api().xrtBOMap(handle))
    api().xrtBOFree(handle)
    return works
