"""Python's garbage collector, paused: compiling makes many objects that stay, and to look through them takes long."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_pauses: list[bool] = []  # one a compilation under way: whether the collector was on before


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """No collection inside, unless somebody asks for one. Who ends last switches it on again, if it was on at first."""
    with _lock:
        _pauses.append(gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            was = _pauses.pop()
            if was and not _pauses:
                gc.enable()
