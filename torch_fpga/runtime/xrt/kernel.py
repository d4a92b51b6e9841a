"""A kernel on a card, its launches, and how they are waited for."""

from __future__ import annotations

import ctypes
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from torch_fpga.errors import FpgaError, ToolError
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.device import Buffer
from torch_fpga.runtime.emulation import timed_out
from torch_fpga.runtime.xrt.api import api, failed
from torch_fpga.runtime.xrt.constants import UNDER_WAY, State
from torch_fpga.runtime.xrt.handles import Handles
from torch_fpga.runtime.xrt.session import Session, not_while_loading
from torch_fpga.runtime.xrt.status import LAUNCHES

if TYPE_CHECKING:
    from torch_fpga.runtime.xrt.image import XrtImage

_SPIN_SECONDS, _LONGEST_NAP = 300e-6, 1e-3


class XrtKernel:
    """A compute unit, with the image that it is open in."""

    def __init__(self, image: XrtImage, unit: ComputeUnit) -> None:
        self.name, self.signature, self.image, self.unit = unit.name, unit.signature, image, unit
        self.persistent = unit.persistent

    def bank(self, argument: int) -> int:
        return self.unit.bank(argument)

    def start(self, arguments: Sequence[Buffer | int]) -> XrtRun:
        return self.unit.start(self.image, arguments)


class PersistentXrtKernel(XrtKernel):
    """A compute unit whose kernel is started once."""

    def __init__(self, image: XrtImage, unit: ComputeUnit) -> None:
        super().__init__(image, unit)
        self.bell, self.step_seconds = unit.session.watch.bell, image.step_seconds
        self.key = (unit.session, unit.instance)

    @property
    def sight(self) -> int:
        session = self.unit.session
        return session.made if session.watch.fixed_sight else 0

    def queue(self, size: int) -> Buffer:
        return self.image.queue(size, self.bank(len(self.signature.ports)))

    def address(self, buffer: Buffer) -> int:
        return buffer.address  # type: ignore[attr-defined]

    def kill(self) -> bool:
        return self.unit.session.watch.kill(self.unit)

    def before_close(self, stop: Callable[[], object]) -> None:
        self.unit.session.stops.append(weakref.WeakMethod(stop))


class ComputeUnit:
    """One compute unit of a kernel. ``number`` is its own on the card."""

    def __init__(self, session: Session, handles: Handles, built: Built, number: int, instance: str) -> None:
        self.name, self.signature, self.source = built.name, built.signature, built.source
        self.persistent, self.number, self.instance = built.persistent, number, instance
        self.session, self._handles = session, handles
        handle = api().xrtPLKernelOpen(session.device, session.uuid, instance.encode())
        if not handle:
            raise session.failed(f"open kernel {self.name}", hint="the xclbin on the card was built for another model")
        handles.kernels.add(handle)
        self._handle = handle
        self._launches = 0
        # Those whose outcome the card still keeps.
        self._latest: deque[weakref.ref[XrtRun]] = deque(maxlen=LAUNCHES)
        # Run objects that are free, each with the arguments it has; and those of runs that nobody waited for.
        self._idle: list[_RunObject] = []
        self._unwaited: list[tuple[_RunObject, Sequence[Buffer | int]]] = []

    def bank(self, argument: int) -> int:
        group = api().xrtKernelArgGroupId(self._handle, argument)
        if group < 0:
            raise self.session.failed(f"tell the memory bank of argument {argument} of kernel {self.name}")
        return int(group)

    def start(self, image: XrtImage, arguments: Sequence[Buffer | int]) -> XrtRun:
        session = self.session
        while True:
            session.check()
            with session.lock:
                oldest = self._latest[0]() if len(self._latest) == LAUNCHES else None
                if oldest is None or oldest.ended:
                    session.check()
                    return self._start(image, arguments)
            # This launch would take the place of its outcome.
            oldest.settle()

    def _start(self, image: XrtImage, arguments: Sequence[Buffer | int]) -> XrtRun:
        session = self.session
        self._take_back_unwaited()
        run = self._idle.pop() if self._idle else self._new_run()
        launch = self._launches
        try:
            for number, argument in enumerate(arguments):
                run.set(number, argument)
            if session.watch.numbers_launches:
                run.set(len(arguments), launch)
        except BaseException:
            self._idle.append(run)
            raise
        # From here on it counts, whatever interrupts.
        self._launches += 1
        started = XrtRun(image, self, run, launch, arguments)
        self._latest.append(weakref.ref(started))
        self._handles.started.add(run.handle)
        with not_while_loading:
            refused = api().xrtRunStart(run.handle)
        if refused:
            error = session.failed(f"start kernel {self.name}")
            started.ended = True
            self.ended(run)
            raise error
        return started

    def _new_run(self) -> _RunObject:
        handle = api().xrtRunOpen(self._handle)
        if not handle:
            self.session.check()
            raise self.session.failed(f"make a run of kernel {self.name}")
        self._handles.runs.add(handle)
        return _RunObject(handle)

    def _take_back_unwaited(self) -> None:
        for unwaited in [each for each in self._unwaited if api().xrtRunState(each[0].handle) not in UNDER_WAY]:
            self._unwaited.remove(unwaited)
            self.ended(unwaited[0])

    def ended(self, run: _RunObject) -> None:
        """A run object is free again."""
        self._handles.started.discard(run.handle)
        self._idle.append(run)

    def unwaited(self, run: _RunObject, arguments: Sequence[Buffer | int]) -> None:
        """Nobody will wait for a run; its object and its arguments are free when the launch has ended."""
        self._unwaited.append((run, arguments))


class _RunObject:
    """XRT's run handle and the arguments set on it.

    It does not hold the buffers, which hold the image, which holds it; ``XrtRun`` does while the launch is under way.
    """

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._words: dict[int, int] = {}
        self._buffers: dict[int, weakref.ref[Buffer]] = {}

    def set(self, number: int, argument: Buffer | int) -> None:
        if isinstance(argument, int):
            if self._words.get(number) != argument:
                self._set(number, argument)
                self._words[number] = argument
            return
        argument.check()  # type: ignore[attr-defined]
        known = self._buffers.get(number)
        if known is None or known() is not argument:  # a handle may be another buffer's by now
            self._set(number, argument.handle)  # type: ignore[attr-defined]
            self._buffers[number] = weakref.ref(argument)

    def _set(self, number: int, word: int) -> None:
        if api().xrtRunSetArg(self.handle, number, ctypes.c_uint64(word)):
            raise failed(f"set argument {number}")


class XrtRun:
    """A launch on a compute unit, with its number. Keeps its image open. ``ended``: it was seen to end."""

    def __init__(
        self, image: XrtImage, unit: ComputeUnit, run: _RunObject, launch: int, arguments: Sequence[Buffer | int]
    ) -> None:
        self._image, self._unit, self._run, self._launch = image, unit, run, launch
        self._arguments = arguments
        self._lock = threading.Lock()
        self.ended = False
        self._error: FpgaError | None = None

    def wait(self, timeout: float | None = None) -> None:
        self.settle(timeout)
        if self._error:
            raise self._error

    def over(self) -> bool:
        """Whether it has ended, as the card itself says. Raises FpgaError where the card is gone."""
        session = self._unit.session
        session.check()
        return (
            self.ended
            or session.watch.has_ended(self._unit, self._launch)
            or api().xrtRunState(self._run.handle) not in UNDER_WAY
        )

    def settle(self, timeout: float | None = None) -> None:
        """Waits for the end, whichever it is. Raises FpgaError where that does not come."""
        if self.ended:
            return
        state = self._await_end(timeout)
        with self._lock:
            if not self.ended:
                self._error = self._outcome(state)
                self.ended = True
                self._arguments = ()
                self._unit.ended(self._run)

    def _await_end(self, timeout: float | None) -> int:
        session, handle = self._unit.session, self._run.handle
        timeout = self._image.launch_timeout if timeout is None else timeout
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
                raise timed_out(self._unit.name, timeout)
            if not session.watch.polls and not api().polls:
                api().xrtRunWaitFor(handle, 100 if timeout is None else max(1, int(1e3 * min(0.1, timeout - passed))))
            elif passed < _SPIN_SECONDS:
                os.sched_yield()
            else:
                session.check()
                time.sleep(nap := min(max(2 * nap, 50e-6), _LONGEST_NAP))
        return State.ABORT

    def _outcome(self, state: int) -> FpgaError | None:
        unit = self._unit
        session = unit.session
        try:
            session.check()
            session.watch.outcome(unit, self._launch)
            if state != State.COMPLETED:
                raise ToolError(
                    f"kernel {unit.name}: XRT ended the launch with {_state_name(state)}", code="kernel-failed"
                )
        except FpgaError as error:
            return error
        return None

    def __del__(self) -> None:
        if not self.ended:
            self._unit.unwaited(self._run, self._arguments)


def _state_name(state: int) -> str:
    return State(state).name if state in State._value2member_map_ else str(state)
