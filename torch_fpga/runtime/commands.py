"""Kernels that were started once and are commanded: each step is a command in a queue that the kernel polls.

The queue lies in the host's memory (``hls_lib/commands.hpp`` has its layout). A kernel is started with the first
command to it, and stopped with its image, at exit, or when nobody has it any more. After a step that failed it is
started anew, and goes on behind that step.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

from torch_fpga.codegen.persistent import ENTRIES, HEADER, entry_words, queue_words
from torch_fpga.errors import FpgaError, ToolError
from torch_fpga.runtime.device import Buffer, Image, Run
from torch_fpga.runtime.doorbell import Words
from torch_fpga.runtime.emulation import timed_out
from torch_fpga.runtime.signature import Signature

_WORD = 1 << 64
_NO_MORE = _WORD - 1
_LOOK_SECONDS = 0.1
"""How often one who waits for the end of a step looks whether the kernel is still there."""

_STOP_SECONDS = 2.0
"""How long a kernel may take to end that was told to."""


class Bell(Protocol):
    """How the two sides of a queue tell each other that a word was written: one of ``doorbell``."""

    def ring(self, words: Words, number: int) -> None: ...

    def wait(self, words: Words, number: int, seen: int, seconds: float) -> None: ...


class PersistentRun(Run, Protocol):
    """A kernel that was started once."""

    def over(self) -> bool:
        """Whether it has ended. Raises FpgaError where the device is gone."""


class PersistentKernel(Protocol):
    """A loaded kernel of those that are started once.

    Attributes:
        key: equal for kernels that are one compute unit: only one of them can run.
        bell: of its queue.
        step_seconds: what a step may take; None for ever.
    """

    name: str
    signature: Signature
    key: Hashable
    bell: Bell
    step_seconds: float | None

    @property
    def image(self) -> Image: ...

    def bank(self, argument: int) -> int: ...

    def start(self, arguments: Sequence[Buffer | int]) -> PersistentRun:
        """Starts it with a buffer a port, and that of the queue."""

    @property
    def sight(self) -> int:
        """Changes when there are buffers that it does not reach if it runs already."""

    def queue(self, size: int) -> Buffer:
        """Memory of the host that it reaches."""

    def address(self, buffer: Buffer) -> int:
        """Of a buffer, as it sees it."""

    def kill(self) -> bool:
        """Ends what it runs, if that can be done."""

    def before_close(self, stop: Callable[[], object]) -> None:
        """Has ``stop`` called when its image is about to be closed; held weakly."""


class CommandedKernel:
    """A kernel that is started once, in the place of one that is started for every step."""

    persistent = True

    def __init__(self, kernel: PersistentKernel) -> None:
        self.name, self.signature, self._kernel = kernel.name, kernel.signature, kernel
        self._unit = _unit_of(kernel)

    @property
    def image(self) -> Image:
        return self._kernel.image

    def bank(self, argument: int) -> int:
        return self._kernel.bank(argument)

    def start(self, arguments: Sequence[Buffer | int]) -> Command:
        """Commands a step, with a buffer or address a port, then a number a scalar. Raises FpgaError if it cannot."""
        return self._unit.command(self._kernel, arguments)

    def run(self, words: Sequence[int]) -> None:
        """A step to its end, with an address a port and a number a scalar. Raises FpgaError."""
        step = self.start(words)
        try:
            step.wait()
        except FpgaError:
            raise
        except BaseException:  # Ctrl-C: the caller's memory must not go while the kernel works on it
            with contextlib.suppress(FpgaError):
                step.wait()
            raise


class _Queue:
    """The commands to ``kernel``: their words, and what the host knows of them.

    ``latest`` is the number of the last one, ``kept`` what those that have not ended work on, ``steps`` those that
    somebody may still wait for.
    """

    def __init__(self, kernel: PersistentKernel) -> None:
        self.kernel = kernel
        arguments = len(kernel.signature.ports) + len(kernel.signature.scalars)
        self.buffer = kernel.queue(8 * queue_words(arguments))
        self.words, self._stride = Words(self.buffer.host), entry_words(arguments)
        self.latest = 0
        self.kept: dict[int, Sequence[Buffer | int]] = {}
        self.steps: weakref.WeakValueDictionary[int, Command] = weakref.WeakValueDictionary()

    @property
    def ended(self) -> int:
        return self.words[0]

    @property
    def full(self) -> bool:
        return self.latest - self.ended >= ENTRIES

    def _place(self, number: int) -> int:
        return HEADER + (number - 1) % ENTRIES * self._stride

    def begin(self, first: int) -> None:
        """Has a kernel that is about to be started go on with command ``first``: those before it have ended."""
        self.words[1] = first
        if first > self.latest:
            self.words[self._place(first)] = 0  # where it may have been told to stop
        self.words[0] = first - 1
        self.kernel.bell.ring(self.words, 0)

    def put(self, words: Sequence[int], kept: Sequence[Buffer | int]) -> int:
        for number in [number for number in self.kept if number <= self.ended]:
            del self.kept[number]
        number = self.latest + 1
        self.kept[number] = kept
        at = self._place(number)
        for place, word in enumerate(words, at + 1):
            self.words[place] = word
        self.latest = number
        self._tell(at, number)
        return number

    def no_more(self) -> None:
        self._tell(self._place(self.latest + 1), _NO_MORE)

    def _tell(self, at: int, number: int) -> None:
        self.words[at] = number
        self.kernel.bell.ring(self.words, at)

    def fail(self, number: int, error: FpgaError) -> None:
        if (step := self.steps.get(number)) is not None:
            step.error = error
        self.kept.pop(number, None)


class Command:
    """A step that was commanded. ``error``: why it failed, once that is known."""

    def __init__(self, unit: _Unit, queue: _Queue, number: int) -> None:
        self._unit, self._queue, self._number = unit, queue, number
        self.error: FpgaError | None = None

    def wait(self, timeout: float | None = None) -> None:
        """As ``Run.wait``."""
        if self.error is None:
            self._unit.wait(self._queue, self._number, timeout)
        if self.error is not None:
            raise self.error


class _Unit:
    """A kernel that runs, or will with the next command, and the queue of its commands. Several threads may use it."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._run: PersistentRun | None = None
        self._queue: _Queue | None = None
        self._bases: dict[int, Buffer] = {}
        self._sight = 0

    def command(self, kernel: PersistentKernel, arguments: Sequence[Buffer | int]) -> Command:
        if self._process != os.getpid():  # a child that was forked has no thread that runs the kernel
            self._forget()
        while True:
            with self._lock:
                queue = self._running(kernel)
                if not queue.full:
                    number = queue.put(self._words(kernel, arguments), arguments)
                    step = queue.steps[number] = Command(self, queue, number)
                    return step
                oldest = queue.ended + 1
            with contextlib.suppress(FpgaError):  # whoever commanded it is told
                self.wait(queue, oldest, None)

    def _words(self, kernel: PersistentKernel, arguments: Sequence[Buffer | int]) -> list[int]:
        ports = len(kernel.signature.ports)
        places = [a if isinstance(a, int) else kernel.address(a) for a in arguments[:ports]]
        words = [place - kernel.address(self._bases[kernel.bank(i)]) for i, place in enumerate(places)]
        return [word % _WORD for word in (*words, *map(int, arguments[ports:]))]  # type: ignore[arg-type]

    def _running(self, kernel: PersistentKernel) -> _Queue:
        """Sees to it that the kernel runs. The queue that it takes commands from."""
        if self._run is not None and self._run.over():
            self._recover(self._run)
        if self._run is not None and self._queue is not None and self._sight != kernel.sight:
            with contextlib.suppress(FpgaError):  # the steps before, which may take their time
                self.wait(self._queue, self._queue.latest, None)
            self._end()
        if self._run is None:
            if self._queue is None or self._queue.kernel.image is not kernel.image:
                banks = {kernel.bank(port) for port in range(len(kernel.signature.ports))}
                # What the places of data are counted from.
                self._bases = {bank: kernel.image.buffer(64, bank) for bank in banks}
                self._queue = _Queue(kernel)
                kernel.before_close(self.stop)
            self._begin(self._queue, self._queue.ended + 1)
        assert self._queue is not None
        return self._queue

    def _begin(self, queue: _Queue, first: int) -> None:
        kernel = queue.kernel
        queue.begin(first)
        self._sight = kernel.sight
        bases = [self._bases[kernel.bank(port)] for port in range(len(kernel.signature.ports))]
        self._run = kernel.start([*bases, queue.buffer])

    def _recover(self, run: PersistentRun, instead: FpgaError | None = None) -> None:
        """A run is over: the command that it ended in failed, and a new run goes on with those behind it."""
        queue = self._queue
        if self._run is not run or queue is None:
            return
        self._run = None
        error: FpgaError = ToolError("the kernel was stopped before it came to this step", code="device-closed")
        try:
            run.wait(_STOP_SECONDS)
        except FpgaError as found:
            error = found
        failed = queue.ended + 1
        if failed <= queue.latest:
            queue.fail(failed, instead or error)
            queue.begin(failed + 1)
            if failed < queue.latest:
                self._begin(queue, failed + 1)

    def wait(self, queue: _Queue, number: int, timeout: float | None) -> None:
        """Returns when a command has ended, whether it failed or not; raises FpgaError as ``Run.wait`` where not."""
        kernel = queue.kernel
        limit = kernel.step_seconds if timeout is None else timeout
        start, before = time.monotonic(), queue.ended
        while (ended := queue.ended) < number:
            if timeout is None and ended != before:  # its own time begins when those before it have ended
                start, before = time.monotonic(), ended
            run, passed = self._run_of(queue), time.monotonic() - start
            if run.over():
                with self._lock:
                    self._recover(run)
            elif limit is not None and passed >= limit:
                late = timed_out(kernel.name, limit)
                if timeout is not None or not self._killed(kernel, run, late):
                    raise late
            else:
                kernel.bell.wait(queue.words, 0, ended, min(_LOOK_SECONDS, _LOOK_SECONDS if limit is None else limit))

    def _run_of(self, queue: _Queue) -> PersistentRun:
        """The run that takes commands from a queue."""
        with self._lock:
            if self._run is None or self._queue is not queue or queue.words.closed:
                raise ToolError("the device was closed before this step ended", code="device-closed")
            return self._run

    def _killed(self, kernel: PersistentKernel, run: PersistentRun, late: FpgaError) -> bool:
        """Ends a run whose step takes too long; False where that cannot be done."""
        with self._lock:
            if self._run is run:
                if not kernel.kill():
                    return False
                self._recover(run, late)
            return True

    def _end(self) -> bool:
        """Lets the kernel end behind the commands that it has; whether it did."""
        run, queue = self._run, self._queue
        assert run is not None
        assert queue is not None
        with contextlib.suppress(FpgaError):
            if queue.full:
                self.wait(queue, queue.ended + 1, _STOP_SECONDS)
            queue.no_more()
            run.wait(_STOP_SECONDS)
            self._run = None
        return self._run is None

    def stop(self) -> None:
        """Ends the kernel before its image is closed: steps under way have a moment to end."""
        if self._process != os.getpid():
            return
        with self._lock:
            if self._run is not None and not self._end() and self._queue is not None:
                _left.append(self._queue)
            self._run = None
            if self._queue is not None:
                self._queue.words.close()
                self._queue = None
            self._bases = {}

    def __del__(self) -> None:
        self.stop()


_left: list[_Queue] = []
"""Of kernels that did not end when they were told to: what they may still write to must not go."""

_units: weakref.WeakValueDictionary[Hashable, _Unit] = weakref.WeakValueDictionary()
_units_lock = threading.Lock()


def _unit_of(kernel: PersistentKernel) -> _Unit:
    with _units_lock:
        unit = _units.get(kernel.key)
        if unit is None:
            unit = _units[kernel.key] = _Unit()
        return unit


@atexit.register
def _stop_all() -> None:
    for unit in list(_units.values()):
        unit.stop()
