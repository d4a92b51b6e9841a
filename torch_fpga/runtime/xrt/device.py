"""A card through XRT, real or emulated: the same calls for both.

XRT has no way to say why a launch failed on the emulated card, so a session there has a status page (``status.py``);
``Watch`` is what differs between the two.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from torch_fpga.errors import FpgaError, InternalError, ToolError
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.device import Buffer
from torch_fpga.runtime.emulation import timed_out
from torch_fpga.runtime.xrt.api import NORMAL, TO_DEVICE, TO_HOST, UUID, State, api, failed

# XRT's emulation counts the bytes of a sync in 32 bits, and never ends one of 4 GiB.
_SYNC_CHUNK = 1 << 30
_SPIN_SECONDS, _LONGEST_NAP = 300e-6, 1e-3


class Watch(Protocol):
    """What is known of a card beside what XRT says.

    ``polls``: its launches are polled for, because XRT's own wait on it heeds no time-out.
    ``guard_bytes``: allocated behind each buffer, to catch what runs past it.
    """

    polls: bool
    guard_bytes: int

    def check(self) -> None:
        """Raises FpgaError if the card is gone, or refused a buffer since the last check."""

    def outcome(self, kernel: str, unit: int, launch: int) -> None:
        """Raises FpgaError if the n-th launch of a compute unit failed."""

    def abandon(self) -> None:
        """Ends whatever runs, so that the card can be closed."""


class Session:
    """An open card with an xclbin on it. Owns every handle, and closes them in the order XRT wants."""

    def __init__(self, device: int, watch: Watch, capacity: int) -> None:
        self.device, self.watch, self.free_bytes = device, watch, capacity
        self.uuid = UUID()
        api().xrtDeviceGetXclbinUUID(device, self.uuid)
        self.lock = threading.Lock()
        self.buffers: set[int] = set()
        self.runs: set[int] = set()
        self.kernels: set[int] = set()
        self.outstanding = 0
        self._process = os.getpid()
        self._closed = False

    def check(self) -> None:
        """Raises FpgaError where the card cannot be used: after a fork, when closed, when it is gone."""
        if self._process != os.getpid():
            raise ToolError(
                "the device was opened before this process was forked",
                code="forked",
                hint="compile the model in the child, or start it with multiprocessing's 'spawn'",
            )
        if self._closed:
            raise ToolError("the device was closed", code="device-closed")
        self.watch.check()

    def close(self) -> None:
        with self.lock:
            if self._closed or self._process != os.getpid():
                return
            self._closed = True
            # XRT deadlocks when a card is closed under a launch.
            if self.outstanding:
                self.watch.abandon()
            closers = ((self.runs, "xrtRunClose"), (self.kernels, "xrtKernelClose"), (self.buffers, "xrtBOFree"))
            for handles, name in closers:
                for handle in handles:
                    getattr(api(), name)(handle)
                handles.clear()
            api().xrtDeviceClose(self.device)


class XrtImage:
    """The kernels of one xclbin on one card, closed when nobody refers to them any more.

    ``instances`` are XRT's names of the compute units, ``search:{search_1}``, one a kernel; ``units`` their numbers.
    """

    in_place = False

    def __init__(
        self,
        session: Session,
        kernels: Sequence[Built],
        instances: Sequence[str],
        units: Sequence[int],
        on_close: Callable[[], None],
    ) -> None:
        self.session = session
        self.transfers = "through the host's memory"
        self._finalizer = weakref.finalize(self, _close, session, on_close)
        of_kernels = zip(kernels, units, instances, strict=True)
        self.kernels = [XrtKernel(self, built, unit, instance) for built, unit, instance in of_kernels]

    def buffer(self, size: int, bank: int = 0) -> XrtBuffer:
        return XrtBuffer(self.session, size, bank)

    def close(self) -> None:
        self._finalizer()


def _close(session: Session, on_close: Callable[[], None]) -> None:
    session.close()
    on_close()


class XrtBuffer:
    """A buffer object of XRT."""

    def __init__(self, session: Session, size: int, bank: int) -> None:
        self.size, self.bank = size, bank
        self._session = session
        session.check()
        guard = session.watch.guard_bytes
        self._bytes = -(-size // guard) * guard + guard if guard else size
        with session.lock:
            if self._bytes > session.free_bytes:
                raise _out_of_memory(size, f"{session.free_bytes:,} are left")
            handle = api().xrtBOAlloc(session.device, self._bytes, NORMAL, bank)
            if not handle:
                raise _out_of_memory(size, f"memory bank {bank} has no room")
            # Before the handle is kept: one that the card refused has no memory that could be freed.
            session.watch.check()
            address = api().xrtBOMap(handle)
            if not address:
                api().xrtBOFree(handle)
                raise failed(f"map a buffer of {size:,} bytes")
            session.buffers.add(handle)
            session.free_bytes -= self._bytes
        self.handle: int = handle
        self.host = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))

    def to_device(self, offset: int = 0, size: int | None = None) -> None:
        self._sync(TO_DEVICE, offset, size)

    def to_host(self, offset: int = 0, size: int | None = None) -> None:
        self._sync(TO_HOST, offset, size)

    def _sync(self, direction: int, offset: int, size: int | None) -> None:
        end = self.size if size is None else offset + size
        if not 0 <= offset <= end <= self.size:
            raise InternalError(f"a sync of bytes {offset} to {end} of a buffer of {self.size}")
        self._session.check()
        for start in range(offset, end, _SYNC_CHUNK):
            if api().xrtBOSync(self.handle, direction, min(_SYNC_CHUNK, end - start), start):
                raise failed(f"copy {end - offset:,} bytes")
        # A card that went away meanwhile took nothing.
        self._session.check()

    def free(self) -> None:
        with self._session.lock:
            if self.handle in self._session.buffers:
                self._session.buffers.remove(self.handle)
                self._session.free_bytes += self._bytes
                api().xrtBOFree(self.handle)


def _out_of_memory(size: int, reason: str) -> ToolError:
    return ToolError(
        f"no device memory for a buffer of {size:,} bytes: {reason}",
        code="out-of-memory",
        hint="use a card with more memory, or keep the region on the GPU (placement='gpu')",
    )


class XrtKernel:
    """One compute unit of a kernel."""

    def __init__(self, image: XrtImage, built: Built, unit: int, instance: str) -> None:
        self.name, self.signature, self.image = built.name, built.signature, image
        self._unit = unit
        self._session = session = image.session
        handle = api().xrtPLKernelOpen(session.device, session.uuid, instance.encode())
        if not handle:
            raise failed(f"open kernel {self.name}", hint="the xclbin on the card was built for another model")
        session.kernels.add(handle)
        self._handle = handle
        self._lock = threading.Lock()
        self._launches = 0
        # Run objects that are free, each with the arguments it has; and those of runs that nobody waited for.
        self._idle: list[_RunObject] = []
        self._unwaited: list[_RunObject] = []

    def bank(self, argument: int) -> int:
        group = api().xrtKernelArgGroupId(self._handle, argument)
        if group < 0:
            raise failed(f"tell the memory bank of argument {argument} of kernel {self.name}")
        return int(group)

    def start(self, arguments: Sequence[Buffer | int]) -> XrtRun:
        self._session.check()
        with self._lock:
            self._take_back_unwaited()
            run = self._idle.pop() if self._idle else self._new_run()
            for number, argument in enumerate(arguments):
                run.set(number, argument)
            # Counted and started at once: the n-th launch counted here is the n-th that the card runs.
            if api().xrtRunStart(run.handle):
                raise failed(f"start kernel {self.name}")
            launch, self._launches = self._launches, self._launches + 1
            with self._session.lock:
                self._session.outstanding += 1
        return XrtRun(self, run, launch)

    def _new_run(self) -> _RunObject:
        handle = api().xrtRunOpen(self._handle)
        if not handle:
            raise failed(f"make a run of kernel {self.name}")
        with self._session.lock:
            self._session.runs.add(handle)
        return _RunObject(handle)

    def _take_back_unwaited(self) -> None:
        for run in [run for run in self._unwaited if api().xrtRunState(run.handle) not in _UNDER_WAY]:
            self._unwaited.remove(run)
            self.ended(run)

    def ended(self, run: _RunObject) -> None:
        """A run object is free again."""
        self._idle.append(run)
        with self._session.lock:
            self._session.outstanding -= 1

    def unwaited(self, run: _RunObject) -> None:
        """Nobody will wait for a run; its object is free when the launch has ended."""
        self._unwaited.append(run)


_UNDER_WAY = (State.NEW, State.QUEUED, State.RUNNING, State.SUBMITTED)


class _RunObject:
    """XRT's run handle and the arguments set on it. It holds the buffers, which must outlive the launch."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._arguments: dict[int, Buffer | int] = {}

    def set(self, number: int, argument: Buffer | int) -> None:
        if self._arguments.get(number) is argument:
            return
        word = argument if isinstance(argument, int) else argument.handle  # type: ignore[attr-defined]
        if api().xrtRunSetArg(self.handle, number, ctypes.c_uint64(word)):
            raise failed(f"set argument {number}")
        self._arguments[number] = argument


class XrtRun:
    """A launch on a compute unit: its ``launch``-th."""

    def __init__(self, kernel: XrtKernel, run: _RunObject, launch: int) -> None:
        self._kernel, self._run, self._launch = kernel, run, launch
        self._lock = threading.Lock()
        self._ended = False
        self._error: FpgaError | None = None

    def wait(self, timeout: float | None = None) -> None:
        with self._lock:
            if not self._ended:
                self._finish(_await_end(self._kernel, self._run.handle, timeout))
            if self._error:
                raise self._error

    def _finish(self, state: int) -> None:
        self._ended = True
        watch, name = self._kernel._session.watch, self._kernel.name
        try:
            watch.outcome(name, self._kernel._unit, self._launch)
            if state != State.COMPLETED:
                raise ToolError(f"kernel {name}: XRT ended the launch with {_state_name(state)}", code="kernel-failed")
        except FpgaError as error:
            self._error = error
        self._kernel.ended(self._run)

    def __del__(self) -> None:
        if not self._ended:
            self._kernel.unwaited(self._run)


def _await_end(kernel: XrtKernel, handle: int, timeout: float | None) -> int:
    """The state a launch ended with. Raises FpgaError (``timeout``) if it takes longer."""
    watch = kernel._session.watch
    start = time.perf_counter()
    nap = 0.0
    while (state := api().xrtRunState(handle)) in _UNDER_WAY:
        passed = time.perf_counter() - start
        if timeout is not None and passed > timeout:
            raise timed_out(kernel.name, timeout)
        if not watch.polls:
            api().xrtRunWaitFor(handle, 100 if timeout is None else max(1, int(1e3 * min(0.1, timeout - passed))))
        elif passed < _SPIN_SECONDS:
            os.sched_yield()
        else:
            watch.check()
            time.sleep(nap := min(max(2 * nap, 50e-6), _LONGEST_NAP))
    return int(state)


def _state_name(state: int) -> str:
    return State(state).name if state in State._value2member_map_ else str(state)
