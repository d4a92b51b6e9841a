"""The card as this process has it open: once, for all graphs, with one xclbin.

XRT has one xclbin on a card, and does not exchange it while kernels of it are open. So the graphs of a process share
it: the first opens the card, the last closes it, and what is resident is there once.
"""

from __future__ import annotations

import gc
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from torch_fpga.codegen.xclbin import Xclbin, read_xclbin
from torch_fpga.errors import ToolError
from torch_fpga.runtime.xrt.session import Session

Opener = Callable[[Path, Xclbin], tuple[Session, bool]]
"""Gives a card with an xclbin on it, and whether it maps its memory over PCIe."""

_CLOSE_SECONDS = 10.0


class OpenCard:
    """A card with ``xclbin`` on it, and the images that use it."""

    def __init__(self, file: Path, xclbin: uuid.UUID) -> None:
        self.file, self.xclbin = file, xclbin
        self.users = 1
        self.opened: Future[tuple[Session, bool]] = Future()
        self.closed = threading.Event()

    @property
    def p2p(self) -> bool:
        return self.opened.result()[1]

    @property
    def lost(self) -> bool:
        return self.opened.done() and (self.opened.exception() is not None or self.opened.result()[0].lost)

    def leave(self) -> None:
        """An image needs it no more: it is closed behind the last."""
        with _lock:
            self.users -= 1
            if self.users:
                return
        # Without the lock: closing waits for what runs, and a garbage collection may come here at any place.
        self.close()

    def close(self) -> None:
        """Whoever still uses it is told that it is gone."""
        try:
            if self.opened.exception() is None:
                self.opened.result()[0].close()
        finally:
            self.closed.set()


_current = OpenCard(Path(), uuid.UUID(int=0))
"""The one opened last; at first one that is closed."""
_current.closed.set()

_lock = threading.RLock()


def enter(file: Path, opener: Opener) -> tuple[OpenCard, Session]:
    """The card with the xclbin in ``file``, until ``leave`` is called on it; opened if nobody has it, or it was lost.

    Raises:
        FpgaError: it cannot be opened, or (``code="card-in-use"``) graphs of this process use another xclbin.
    """
    xclbin = read_xclbin(file)
    card, lost, is_new = _entered(file, xclbin.uuid)
    try:
        if lost is not None:
            lost.close()
        if is_new:
            card.opened.set_result(opener(file, xclbin))
        session = card.opened.result()[0]
        session.check()
        return card, session
    except BaseException as error:
        if is_new and not card.opened.done():
            card.opened.set_exception(error)
        card.leave()
        raise


def _entered(file: Path, xclbin: uuid.UUID) -> tuple[OpenCard, OpenCard | None, bool]:
    """The card, the one before where that was lost, and whether the caller has to open it."""
    global _current
    for attempt in range(3):
        with _lock:
            card = _current
            if card.closed.is_set() or card.lost:
                _current = OpenCard(file, xclbin)
                return _current, None if card.closed.is_set() else card, True
            if card.users and card.xclbin == xclbin:
                card.users += 1
                return card, None, False
            is_used = card.users > 0
        if not is_used:
            card.closed.wait(_CLOSE_SECONDS)
        elif not attempt:
            gc.collect()  # compiled graphs that nobody calls any more, in reference cycles
    raise ToolError(
        f"the card has {card.file} on it, which {card.users} compiled graph(s) of this process use, and not {file}",
        code="card-in-use",
        hint="a card has one xclbin at a time: build one for all, or give up the others (torch.compiler.reset())",
    )
