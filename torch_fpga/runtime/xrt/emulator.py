"""``sw_emu``: cards emulated by XRT, each a device process of ours that XRT starts and speaks to.

XRT finds what it needs through the environment. What says that it is to emulate stays set, for XRT asks for that again
and again; the rest is set only while a card is opened, and put back.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import shutil
import signal
import tempfile
import threading
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from torch_fpga.codegen.xclbin import Argument, Bank, KernelImage, compute_unit_bases, write_xclbin
from torch_fpga.errors import InternalError, ToolError
from torch_fpga.runtime.build import Built, pool
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.emulation import kernel_error
from torch_fpga.runtime.xrt.api import api, failed
from torch_fpga.runtime.xrt.bitstream import bitstream
from torch_fpga.runtime.xrt.image import XrtImage
from torch_fpga.runtime.xrt.native import DEVICE, SHIM, known_archive, native
from torch_fpga.runtime.xrt.session import Session
from torch_fpga.runtime.xrt.status import ENVIRONMENT, TIMED_OUT, WORKER_DIED, StatusPage

CARDS = 64
"""Emulated cards in a process; each image has one to itself."""
BANKS = 32
CAPACITY = 16 << 30
"""Bytes of a card's memory, the HBM of a U55C. Any bank may hold all of it, as a port that reaches every bank does."""

_opening = threading.Lock()


class Emulator:
    """XRT's software emulation. Times measured here are not times of a card.

    ``timeout``: seconds after which a launch is ended. ``private_memory``: what the host does not sync, a kernel does
    not see, as on a card; takes the memory twice.
    """

    name = "sw_emu"

    def __init__(self, reason: str, cache_dir: str, timeout: float, private_memory: bool = False) -> None:
        self.reason, self.timeout, self.private_memory = reason, timeout, private_memory
        self._cache_dir = cache_dir
        self._native: Future[Path] | None = None
        api()
        known_archive()
        if os.environ.get("XCL_EMULATION_MODE", self.name) != self.name:
            raise ToolError(f"XCL_EMULATION_MODE={os.environ['XCL_EMULATION_MODE']} is set", code="no-xrt")

    def prepare(self) -> None:
        if self._native is None:
            self._native = pool.submit(lambda: native(Cache(self._cache_dir)))

    def load(self, kernels: Sequence[Built]) -> XrtImage:
        self.prepare()
        card = _take_card()
        try:
            return self._load(kernels, card)
        except BaseException:
            _give_card(card)
            raise

    def _load(self, kernels: Sequence[Built], card: int) -> XrtImage:
        by_name = {kernel.name: kernel for kernel in kernels}
        units = Counter(kernel.name for kernel in kernels)
        images = [_kernel_image(kernel, units[name]) for name, kernel in by_name.items()]
        bases = compute_unit_bases(images)
        of_kernel = {name: [base for cu, base in bases.items() if cu.split(":")[0] == name] for name in by_name}
        assert self._native is not None
        home = _home(self._native.result())
        xclbin = home / f"card{card}.xclbin"
        banks = [Bank(f"HBM[{number}]", CAPACITY) for number in range(BANKS)]
        write_xclbin(xclbin, images, banks, bitstream(list(by_name.values()), of_kernel))
        status = StatusPage(int(1e3 * self.timeout), self.private_memory)
        watch = EmulatorWatch(status)
        with _environment(home, status):
            device = api().xrtDeviceOpen(card)
            if not device:
                raise failed(f"open emulated card {card}")
            if api().xrtDeviceLoadXclbinFile(device, str(xclbin).encode()):
                error = failed("load the kernels on the emulated card")
                if status.load_error:
                    error = ToolError(f"the emulated card: {status.load_error}", code="device-failed")
                api().xrtDeviceClose(device)
                raise error
        session = Session(device, watch, CAPACITY)
        # The n-th time a kernel is named it is the n-th compute unit of its own.
        seen: Counter[str] = Counter()
        instances = []
        for kernel in kernels:
            seen[kernel.name] += 1
            instances.append(f"{kernel.name}_{seen[kernel.name]}")
        numbers = {unit.split(":")[1]: number for number, unit in enumerate(bases)}

        def on_close() -> None:
            status.close()
            _give_card(card)

        names = [f"{kernel.name}:{{{unit}}}" for kernel, unit in zip(kernels, instances, strict=True)]
        made = XrtImage(session, kernels, names, [numbers[unit] for unit in instances], on_close)
        _images.add(made)
        return made


class EmulatorWatch:
    """Reads the status page of an emulated card."""

    polls = True
    guard_bytes = 4096

    def __init__(self, status: StatusPage) -> None:
        self.status = status
        self._refused = 0

    def check(self) -> None:
        if self.status.link_lost:
            raise ToolError(
                "the emulated card's process is gone",
                code="device-lost",
                hint="compile again (torch.compiler.reset()); device='emulation' runs kernels without it",
            )
        if (refused := self.status.refused) > self._refused:
            self._refused = refused
            raise ToolError("this machine has no memory for a buffer of the emulated card", code="out-of-memory")

    def outcome(self, kernel: str, unit: int, launch: int) -> None:
        self.check()
        found = self.status.outcome(unit, launch)
        if found is None:
            raise InternalError(f"kernel {kernel}: launch {launch} ended and left no outcome", code="kernel-failed")
        status, message = found
        if status == TIMED_OUT:
            raise ToolError(
                f"kernel {kernel}: {message}", code="timeout", hint="option timeout says how long a launch may take"
            )
        if status == WORKER_DIED:
            raise InternalError(f"kernel {kernel}: {message}", code="kernel-crashed", hint="please report it")
        if status:
            raise kernel_error(status, message, kernel)

    def abandon(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.status.device:
                os.kill(self.status.device, signal.SIGKILL)


def _kernel_image(kernel: Built, units: int) -> KernelImage:
    ports = [Argument(p.name, "char*", p.bank, p.bundle) for p in kernel.signature.ports]
    steps = [Argument(step.name, "long") for step in kernel.signature.steps]
    return KernelImage(kernel.name, (*ports, *steps), units)


_images: weakref.WeakSet[XrtImage] = weakref.WeakSet()
_free_cards = list(range(CARDS))


def _take_card() -> int:
    if not _free_cards:
        gc.collect()  # compiled graphs that nobody calls any more, in reference cycles
    with _opening:
        if not _free_cards:
            raise ToolError(
                f"all {CARDS} emulated cards are in use",
                code="no-card",
                hint="each compiled graph takes one; device='emulation' has no such limit",
            )
        return _free_cards.pop(0)


def _give_card(card: int) -> None:
    _free_cards.append(card)  # without the lock: the garbage collector may call this while it is held


@atexit.register
def _close_all() -> None:
    for made in list(_images):
        made.close()


@functools.cache
def _home(built: Path) -> Path:
    """A folder laid out as XRT looks for things: its shim, the device process, the description of the cards."""
    home = Path(tempfile.mkdtemp(prefix="torch_fpga-", dir="/tmp"))
    atexit.register(_remove, home, os.getpid())
    model = home / "data/emulation/unified/cpu_em/generic_pcie/model"
    model.mkdir(parents=True)
    (model / DEVICE).symlink_to(built / DEVICE)
    (home / "lib").mkdir()
    (home / "lib" / SHIM).symlink_to(built / SHIM)
    bank = {"Name": "HBM", "Size": f"{CAPACITY >> 30}GB", "Type": "ddr4"}
    card = {"Name": "torch_fpga", "DdrBanks": [bank] * BANKS}
    boards = {"NumBoards": 1, "Devices": [{**card, "NumDevices": CARDS}]}
    config = {"Version": {"FileVersion": "2.0"}, "Platform": {"Boards": [boards]}}
    (home / "emconfig.json").write_text(json.dumps(config))
    return home


def _remove(home: Path, owner: int) -> None:
    if owner == os.getpid():
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _environment(home: Path, status: StatusPage) -> Iterator[None]:
    """What XRT reads while it opens a card; put back afterwards."""
    os.environ["XCL_EMULATION_MODE"], os.environ["XILINX_XRT"] = "sw_emu", str(home)
    wanted = {
        "XILINX_VITIS": str(home),
        "EMCONFIG_PATH": str(home),
        "SDACCEL_EM_RUN_DIR": str(home),
        # XRT makes its socket in /tmp/$USER, and asks nobody whether it may.
        "USER": home.name,
        # Longer messages make the heap of the host grow and shrink with each.
        "SW_EMU_PACKET_SIZE": str(1 << 20),
        ENVIRONMENT: status.path,
    }
    unwanted = ("XILINX_SDX", "XILINX_SCOUT", "XILINX_OPENCL", "XILINX_HLS", "VITIS_SW_EMU_ENABLE_SINGLE_MMAP")
    with _opening:
        before = {name: os.environ.get(name) for name in (*wanted, *unwanted)}
        os.environ.update(wanted)
        for name in unwanted:
            os.environ.pop(name, None)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
