"""``sw_emu``: cards emulated by XRT, each a device process of ours that XRT starts and speaks to."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from torch_fpga.codegen.persistent import BUNDLE, queue_name
from torch_fpga.codegen.xclbin import Argument, Bank, KernelImage, compute_unit_bases, write_xclbin
from torch_fpga.errors import InternalError, ToolError
from torch_fpga.runtime.build import Built, pool
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.doorbell import Futex
from torch_fpga.runtime.emulation import kernel_error
from torch_fpga.runtime.xrt.api import api, failed
from torch_fpga.runtime.xrt.bitstream import bitstream
from torch_fpga.runtime.xrt.home import check_not_forked, environment, home, remove_homes
from torch_fpga.runtime.xrt.image import XrtImage
from torch_fpga.runtime.xrt.kernel import ComputeUnit
from torch_fpga.runtime.xrt.memory import Memory
from torch_fpga.runtime.xrt.native import known_archive, native
from torch_fpga.runtime.xrt.session import Session, not_while_loading
from torch_fpga.runtime.xrt.status import ENVIRONMENT, TIMED_OUT, WORKER_DIED, StatusPage

CARDS = 64
"""Emulated cards in a process; each image has one to itself."""
BANKS = 32
CAPACITY = 16 << 30
"""Bytes of a card's memory, the HBM of a U55C. Any bank may hold all of it, as a port that reaches every bank does."""

memory = Memory(CAPACITY)
"""Of all emulated cards together, for they stand for the one card that the images of a process would share."""

_FILES = 16
"""Descriptors that loading takes for a moment, at most."""


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
        check_not_forked()
        if os.environ.get("XCL_EMULATION_MODE", self.name) != self.name:
            raise ToolError(f"XCL_EMULATION_MODE={os.environ['XCL_EMULATION_MODE']} is set", code="no-xrt")

    def prepare(self) -> None:
        if self._native is None:
            self._cache = Cache(self._cache_dir)  # kept: a temporary one goes with it
            self._native = pool().submit(native, self._cache)

    def load(self, kernels: Sequence[Built]) -> XrtImage:
        self.prepare()
        assert self._native is not None
        by_name = {kernel.name: kernel for kernel in kernels}
        count = Counter(kernel.name for kernel in kernels)
        images = [_kernel_image(kernel, count[name]) for name, kernel in by_name.items()]
        bases = compute_unit_bases(images)
        of_kernel = {name: [base for cu, base in bases.items() if cu.split(":")[0] == name] for name in by_name}
        folder = home(self._native.result(), CARDS, BANKS, CAPACITY)
        _check_files()
        status = StatusPage(int(1e3 * self.timeout), self.private_memory)
        card = _take_card()
        try:
            xclbin = folder / f"card{card}.xclbin"
            banks = [Bank(f"HBM[{number}]", CAPACITY) for number in range(BANKS)]
            write_xclbin(xclbin, images, banks, bitstream(list(by_name.values()), of_kernel))
            with environment(folder, (ENVIRONMENT, status.path)):
                device = _open(card, xclbin, status)
        except BaseException as error:
            _give_card(card)
            if isinstance(error, OSError):
                raise ToolError(f"the emulated card cannot be set up: {error}", code="device-failed") from error
            raise
        finally:
            status.close_file()
        session = Session(device, EmulatorWatch(status), memory)
        # The n-th time a kernel is named it is the n-th compute unit of its own.
        seen: Counter[str] = Counter()
        instances = []
        for kernel in kernels:
            seen[kernel.name] += 1
            instances.append(f"{kernel.name}_{seen[kernel.name]}")
        numbers = {unit.split(":")[1]: number for number, unit in enumerate(bases)}
        names = [f"{kernel.name}:{{{unit}}}" for kernel, unit in zip(kernels, instances, strict=True)]

        def leave() -> None:
            if session.close():
                _give_card(card)

        made = XrtImage(session, kernels, names, [numbers[unit] for unit in instances], leave, None, self.timeout)
        _images.add(made)
        return made


def _open(card: int, xclbin: Path, status: StatusPage) -> int:
    device = api().xrtDeviceOpen(card)
    if not device:
        raise failed(f"open emulated card {card}")
    try:
        with not_while_loading:
            refused = api().xrtDeviceLoadXclbinFile(device, str(xclbin).encode())
        if refused:
            error = failed("load the kernels on the emulated card")
            if status.load_error:
                error = ToolError(f"the emulated card: {status.load_error}", code="device-failed")
            elif status.link_lost:
                error = ToolError("the emulated card's process did not start", code="device-lost")
            raise error
    except BaseException:
        api().xrtDeviceClose(device)
        raise
    return int(device)


def _check_files() -> None:
    """XRT ends the whole process where it gets no descriptor, or one that is too large for select()."""
    files: list[int] = []
    try:
        files.extend(os.open("/dev/null", os.O_RDONLY) for _ in range(_FILES))
        if files[-1] >= 1024:
            raise OSError("XRT's software emulation needs some of the first 1024")
    except OSError as error:
        raise ToolError(f"too many files are open: {error}", code="device-failed") from error
    finally:
        for file in files:
            os.close(file)


class EmulatorWatch:
    """Reads the status page of an emulated card."""

    polls = True
    guard_bytes = 4096
    numbers_launches = True
    bell = Futex()
    fixed_sight = True
    has_host_memory = False  # all its memory is the host's
    banks_apart = False

    def __init__(self, status: StatusPage) -> None:
        self.status = status

    def check(self) -> None:
        if self.status.link_lost:
            raise ToolError(
                "the emulated card's process is gone",
                code="device-lost",
                hint="compile again (torch.compiler.reset()); device='emulation' runs kernels without it",
            )

    def outcome(self, unit: ComputeUnit, launch: int) -> None:
        found, kernel = self.status.outcome(unit.number, launch), unit.name
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
            raise kernel_error(status, message, kernel, unit.source)

    def has_ended(self, unit: ComputeUnit, launch: int) -> bool:
        return self.status.outcome(unit.number, launch) is not None

    def kill(self, unit: ComputeUnit) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.status.worker(unit.number), signal.SIGKILL)
        return True

    @contextlib.contextmanager
    def shared_memory(self) -> Iterator[None]:
        self.status.share_next_buffer(True)
        try:
            yield
        finally:
            self.status.share_next_buffer(False)

    @contextlib.contextmanager
    def memory_of(self, file: str) -> Iterator[None]:
        self.status.put_next_buffer_over(file)
        try:
            yield
        finally:
            self.status.put_next_buffer_over("")

    def latest_file(self) -> str:
        return f"/proc/{self.status.device}/fd/{self.status.latest_file}"

    def abandon(self) -> None:
        # Not where it is gone, for its number may be another process's by now.
        if self.status.device and not self.status.link_lost:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.status.device, signal.SIGKILL)


def _kernel_image(kernel: Built, units: int) -> KernelImage:
    ports = [Argument(p.name, "char*", p.bank, p.bundle) for p in kernel.signature.ports]
    scalars = [Argument(scalar.name, "long") for scalar in kernel.signature.scalars]
    if kernel.persistent:
        scalars = [Argument(queue_name(kernel.source.read_text()), "char*", 0, BUNDLE)]
    return KernelImage(kernel.name, (*ports, *scalars, Argument("launch", "long")), units)


_images: weakref.WeakSet[XrtImage] = weakref.WeakSet()
# The one given back last is taken next: XRT keeps a thread for each that was ever open. A list's methods are atomic, so
# a garbage collection may give a card back at any place.
_free_cards = list(reversed(range(CARDS)))


def _take_card() -> int:
    if not _free_cards:
        gc.collect()  # compiled graphs that nobody calls any more, in reference cycles
    try:
        return _free_cards.pop()
    except IndexError:
        raise ToolError(
            f"all {CARDS} emulated cards are in use",
            code="no-card",
            hint="each compiled graph takes one; device='emulation' has no such limit",
        ) from None


def _give_card(card: int) -> None:
    _free_cards.append(card)


@atexit.register
def _close_all() -> None:
    for made in list(_images):
        made.close()
    remove_homes()
