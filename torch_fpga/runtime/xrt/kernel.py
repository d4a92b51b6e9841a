"""A kernel on a card, its launches, and how they are waited for."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch_fpga.errors import FpgaError, ToolError
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.device import Buffer
from torch_fpga.runtime.emulation import timed_out
from torch_fpga.runtime.xrt.api import State, api, failed

if TYPE_CHECKING:
    from torch_fpga.runtime.xrt.image import XrtImage

_UNDER_WAY = (State.NEW, State.QUEUED, State.RUNNING, State.SUBMITTED)
_SPIN_SECONDS, _LONGEST_NAP = 300e-6, 1e-3


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
