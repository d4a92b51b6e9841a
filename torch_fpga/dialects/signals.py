"""Python's signal handlers, put off: what must not be left half done is not interrupted, only followed by it.

A handler may raise at any line of the main thread, as Ctrl-C does. Some of what runs there cannot be repeated when it
was left halfway (the import of a C++ extension that registers itself), and some cannot pass an exception on (a Python
callback of C++ that has no way to fail, which ends the process).
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any


@contextlib.contextmanager
def signals_deferred() -> Iterator[None]:
    """Handlers written in Python run after the block, once for each time a signal came, and may raise there.

    Only the main thread runs handlers; in another there is nothing to put off.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers: dict[int, Callable[[int, FrameType | None], Any]] = {
        number: handler for number in signal.valid_signals() if callable(handler := signal.getsignal(number))
    }
    came: list[tuple[int, FrameType | None]] = []
    deferring = True

    def note(number: int, frame: FrameType | None) -> None:
        # A handler may raise while others are being put back; one that was left here passes its signal on.
        if deferring:
            came.append((number, frame))
        else:
            handlers[number](number, frame)

    try:
        for each in handlers:
            signal.signal(each, note)
        yield
    finally:
        deferring = False
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in came:
            handlers[number](number, frame)
