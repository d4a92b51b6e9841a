"""Memory of a card: a buffer object of XRT."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from torch_fpga.errors import InternalError, ToolError
from torch_fpga.runtime.xrt.api import NORMAL, P2P, TO_DEVICE, TO_HOST, api, failed

if TYPE_CHECKING:
    from torch_fpga.runtime.xrt.image import XrtImage

# XRT's emulation counts the bytes of a sync in 32 bits, and never ends one of 4 GiB.
_SYNC_CHUNK = 1 << 30


class XrtBuffer:
    """A buffer object of XRT. Keeps its image open: the window is unmapped when that is closed."""

    def __init__(self, image: XrtImage, size: int, bank: int, p2p: bool) -> None:
        self.size, self.bank = size, bank
        self._image, self._session = image, image.session
        session = image.session
        session.check()
        guard = session.watch.guard_bytes
        self._bytes = -(-size // guard) * guard + guard if guard else size
        with session.lock:
            session.check()
            if self._bytes > session.free_bytes:
                raise _out_of_memory(size, f"{session.free_bytes:,} are left")
            handle = api().xrtBOAlloc(session.device, self._bytes, P2P if p2p else NORMAL, bank)
            address = api().xrtBOMap(handle) if handle else None
            if not address:
                if handle:
                    api().xrtBOFree(handle)
                session.check()
                raise _out_of_memory(size, f"none in bank {bank}, or none in this machine")
            session.buffers.add(handle)
            session.free_bytes -= self._bytes
        self.handle: int = handle
        self._freed = False
        self._window = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))

    @property
    def host(self) -> np.ndarray:
        self.check()
        return self._window

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
                    raise failed(f"copy {end - offset:,} bytes")
        # A card that went away meanwhile took nothing.
        self._session.check()

    def free(self) -> None:
        session = self._session
        if session.forked:
            return
        with session.lock:
            if not self._freed and not session.closed:
                session.buffers.remove(self.handle)
                session.free_bytes += self._bytes
                api().xrtBOFree(self.handle)
            self._freed = True

    def check(self) -> None:
        """Raises FpgaError where there is no memory any more."""
        if self._freed or self._session.closed:
            raise ToolError("the buffer was freed, or its device closed", code="device-closed")


def _out_of_memory(size: int, reason: str) -> ToolError:
    return ToolError(
        f"no device memory for a buffer of {size:,} bytes: {reason}",
        code="out-of-memory",
        hint="use a card with more memory, or keep the region on the GPU (placement='gpu')",
    )
