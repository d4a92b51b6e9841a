"""A kernel on a card, its launches, and how they are waited for."""

from __future__ import annotations

import ctypes
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch_fpga.errors import FpgaError, ToolError
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.device import Buffer
from torch_fpga.runtime.emulation import timed_out
from torch_fpga.runtime.xrt.api import UNDER_WAY, State, api, failed
from torch_fpga.runtime.xrt.session import not_while_loading
from torch_fpga.runtime.xrt.status import LAUNCHES

if TYPE_CHECKING:
    from torch_fpga.runtime.xrt.image import XrtImage

_SPIN_SECONDS, _LONGEST_NAP = 300e-6, 1e-3


class XrtKernel:
    """One compute unit of a kernel."""

    def __init__(self, image: XrtImage, built: Built, unit: int, instance: str) -> None:
        self.name, self.signature, self.image = built.name, built.signature, image
        self.unit = unit
        self._session = session = image.session
        handle = api().xrtPLKernelOpen(session.device, session.uuid, instance.encode())
        if not handle:
            raise failed(f"open kernel {self.name}", hint="the xclbin on the card was built for another model")
        session.kernels.add(handle)
        self._handle = handle
        self._launches = 0
        # Those whose outcome the card still keeps.
        self._latest: deque[weakref.ref[XrtRun]] = deque(maxlen=LAUNCHES)
        # Run objects that are free, each with the arguments it has; and those of runs that nobody waited for.
        self._idle: list[_RunObject] = []
        self._unwaited: list[_RunObject] = []

    def bank(self, argument: int) -> int:
        group = api().xrtKernelArgGroupId(self._handle, argument)
        if group < 0:
            raise failed(f"tell the memory bank of argument {argument} of kernel {self.name}")
        return int(group)

    def start(self, arguments: Sequence[Buffer | int]) -> XrtRun:
        session = self._session
        while True:
            session.check()
            with session.lock:
                oldest = self._latest[0]() if len(self._latest) == LAUNCHES else None
                if oldest is None or oldest.ended:
                    session.check()
                    return self._start(arguments)
            # This launch would take the place of its outcome.
            oldest.settle()

    def _start(self, arguments: Sequence[Buffer | int]) -> XrtRun:
        session = self._session
        self._take_back_unwaited()
        run = self._idle.pop() if self._idle else self._new_run()
        launch = self._launches
        try:
            for number, argument in enumerate(arguments):
                run.set(number, argument)
            if session.watch.numbers_launches:
                run.set(len(self.signature.ports) + len(self.signature.steps), launch)
        except BaseException:
            self._idle.append(run)
            raise
        # From here on it counts, whatever interrupts.
        self._launches += 1
        started = XrtRun(self, run, launch)
        self._latest.append(weakref.ref(started))
        session.started.add(run.handle)
        with not_while_loading:
            refused = api().xrtRunStart(run.handle)
        if refused:
            error = failed(f"start kernel {self.name}")
            started.ended = True
            self.ended(run)
            raise error
        return started

    def _new_run(self) -> _RunObject:
        handle = api().xrtRunOpen(self._handle)
        if not handle:
            self._session.check()
            raise failed(f"make a run of kernel {self.name}")
        self._session.runs.add(handle)
        return _RunObject(handle)

    def _take_back_unwaited(self) -> None:
        for run in [run for run in self._unwaited if api().xrtRunState(run.handle) not in UNDER_WAY]:
            self._unwaited.remove(run)
            self.ended(run)

    def ended(self, run: _RunObject) -> None:
        """A run object is free again."""
        self._session.started.discard(run.handle)
        self._idle.append(run)

    def unwaited(self, run: _RunObject) -> None:
        """Nobody will wait for a run; its object is free when the launch has ended."""
        self._unwaited.append(run)


class _RunObject:
    """XRT's run handle and the arguments set on it. It holds the buffers, which must outlive the launch."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._arguments: dict[int, Buffer | int] = {}

    def set(self, number: int, argument: Buffer | int) -> None:
        if not isinstance(argument, int):
            argument.check()  # type: ignore[attr-defined]
        if self._arguments.get(number) is argument:
            return
        word = argument if isinstance(argument, int) else argument.handle  # type: ignore[attr-defined]
        if api().xrtRunSetArg(self.handle, number, ctypes.c_uint64(word)):
            raise failed(f"set argument {number}")
        self._arguments[number] = argument


class XrtRun:
    """A launch on a compute unit, with its number. ``ended``: it was seen to end."""

    def __init__(self, kernel: XrtKernel, run: _RunObject, launch: int) -> None:
        self._kernel, self._run, self._launch = kernel, run, launch
        self._lock = threading.Lock()
        self.ended = False
        self._error: FpgaError | None = None

    def wait(self, timeout: float | None = None) -> None:
        self.settle(timeout)
        if self._error:
            raise self._error

    def settle(self, timeout: float | None = None) -> None:
        """Waits for the end, whichever it is. Raises FpgaError where that does not come."""
        if self.ended:
            return
        state = self._await_end(timeout)
        with self._lock:
            if not self.ended:
                self._error = self._outcome(state)
                self.ended = True
                self._kernel.ended(self._run)

    def _await_end(self, timeout: float | None) -> int:
        session, handle = self._kernel.image.session, self._run.handle
        timeout = session.watch.launch_timeout if timeout is None else timeout
        start = time.perf_counter()
        nap = 0.0
        # Where another thread saw the end first, the run object may be another launch's already.
        while not self.ended:
            if session.closed:  # which waits itself for the end, and then takes the run's handle away
                session.check()
            state = api().xrtRunState(handle)
            if state not in UNDER_WAY:
                return int(state)
            passed = time.perf_counter() - start
            if timeout is not None and passed > timeout:
                raise timed_out(self._kernel.name, timeout)
            if not session.watch.polls and not api().polls:
                api().xrtRunWaitFor(handle, 100 if timeout is None else max(1, int(1e3 * min(0.1, timeout - passed))))
            elif passed < _SPIN_SECONDS:
                os.sched_yield()
            else:
                session.check()
                time.sleep(nap := min(max(2 * nap, 50e-6), _LONGEST_NAP))
        return State.ABORT

    def _outcome(self, state: int) -> FpgaError | None:
        kernel = self._kernel
        session = kernel.image.session
        try:
            session.check()
            session.watch.outcome(kernel.name, kernel.unit, self._launch)
            if state != State.COMPLETED:
                name = kernel.name
                raise ToolError(f"kernel {name}: XRT ended the launch with {_state_name(state)}", code="kernel-failed")
        except FpgaError as error:
            return error
        return None

    def __del__(self) -> None:
        if not self.ended:
            self._kernel.unwaited(self._run)


def _state_name(state: int) -> str:
    return State(state).name if state in State._value2member_map_ else str(state)
