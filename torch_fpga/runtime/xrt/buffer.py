"""Memory of a card: a buffer object of XRT."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from torch_fpga.errors import InternalError, ToolError
from torch_fpga.runtime.xrt.api import api
from torch_fpga.runtime.xrt.constants import HOST_ONLY, NORMAL, P2P, TO_DEVICE, TO_HOST
from torch_fpga.runtime.xrt.memory import Room, out_of_memory

if TYPE_CHECKING:
    from torch_fpga.runtime.xrt.image import XrtImage

# XRT's emulation counts the bytes of a sync in 32 bits, and never ends one of 4 GiB.
_SYNC_CHUNK = 1 << 30


class XrtBuffer:
    """A buffer object of XRT. Keeps its image open: the window is unmapped when that is closed.

    With ``over`` it lies over the memory of that buffer, which another image may have, and takes none of its own: on
    one card it is the same buffer object, which is freed with the last of them.
    With ``of_host`` it is the host's own memory, which the kernel of a port to it reaches.
    ``file`` names that memory to other cards of this process; empty where it has no name.
    """

    def __init__(
        self,
        image: XrtImage,
        size: int,
        bank: int,
        p2p: bool = False,
        over: XrtBuffer | None = None,
        of_host: bool = False,
    ) -> None:
        self.size, self.bank = size, bank
        self._image, self._session = image, image.session
        self._freed = True
        self.file = ""
        session = image.session
        session.check()
        if over is not None and over._session is session:
            self._share(over)
            return
        guard = session.watch.guard_bytes
        taken = -(-size // guard) * guard + guard if guard else size
        # Without the session's lock: it may collect garbage, which closes other sessions.
        room = over.room() if over else session.memory.take(taken)
        shared = session.watch.shared_memory() if of_host else session.watch.memory_of(over.file if over else "")
        flags = HOST_ONLY if of_host and session.watch.has_host_memory else P2P if p2p else NORMAL
        with session.lock, shared:
            session.check()
            ctypes.set_errno(0)  # not every failure has a number
            handle = api().xrtBOAlloc(session.device, taken, flags, bank)
            address = api().xrtBOMap(handle) if handle else None
            if not address:
                error = session.failed(f"allocate {taken:,} bytes")
                if handle:
                    api().xrtBOFree(handle)
                session.check()
                raise out_of_memory(size, f"none in bank {bank}, or none in this machine") from error
            self.file = session.watch.latest_file()
            session.rooms[handle] = room
            session.made += 1
            self.handle: int = handle
            image.handles.buffers[handle] += 1
            self._freed = False
        self._window = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))

    def _share(self, over: XrtBuffer) -> None:
        with self._session.lock:
            over.check()
            self.handle, self.file, self._window = over.handle, over.file, over._window
            self._image.handles.buffers[self.handle] += 1
            self._freed = False

    @property
    def host(self) -> np.ndarray:
        self.check()
        return self._window

    @property
    def address(self) -> int:
        """On the card."""
        self.check()
        return int(api().xrtBOAddress(self.handle))

    def to_device(self, offset: int = 0, size: int | None = None) -> None:
        self._sync(TO_DEVICE, offset, size)

    def to_host(self, offset: int = 0, size: int | None = None) -> None:
        self._sync(TO_HOST, offset, size)

    def _sync(self, direction: int, offset: int, size: int | None) -> None:
        end = self.size if size is None else offset + size
        if not 0 <= offset <= end <= self.size:
            raise InternalError(f"a sync of bytes {offset} to {end} of a buffer of {self.size}")
        for start in range(offset, end, _SYNC_CHUNK):
            with self._session.call():
                self.check()
                if api().xrtBOSync(self.handle, direction, min(_SYNC_CHUNK, end - start), start):
                    raise self._session.failed(f"copy {end - offset:,} bytes")
        # A card that went away meanwhile took nothing.
        self._session.check()

    def room(self) -> Room:
        """The memory it lies in. Raises FpgaError where it has none any more, or its card is gone."""
        self._session.check()
        with self._session.lock:
            self.check()
            return self._session.rooms[self.handle]

    def free(self) -> None:
        session = self._session
        if session.forked:
            return
        with session.lock:
            views = {} if self._freed or session.closed else self._image.handles.buffers
            if views.get(self.handle):  # else it was freed with its image
                views[self.handle] -= 1
                session.release(self.handle)
            self._freed = True

    def check(self) -> None:
        """Raises FpgaError where there is no memory any more."""
        if self._freed or self._session.closed:
            raise ToolError("the buffer was freed, or its device closed", code="device-closed")
