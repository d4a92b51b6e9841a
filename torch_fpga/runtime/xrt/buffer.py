"""Memory of a card: a buffer object of XRT."""

from __future__ import annotations

import ctypes

import numpy as np

from torch_fpga.errors import InternalError, ToolError
from torch_fpga.runtime.xrt.api import NORMAL, P2P, TO_DEVICE, TO_HOST, api, failed
from torch_fpga.runtime.xrt.session import Session

# XRT's emulation counts the bytes of a sync in 32 bits, and never ends one of 4 GiB.
_SYNC_CHUNK = 1 << 30


class XrtBuffer:
    """A buffer object of XRT."""

    def __init__(self, session: Session, size: int, bank: int, p2p: bool) -> None:
        self.size, self.bank = size, bank
        self._session = session
        session.check()
        guard = session.watch.guard_bytes
        self._bytes = -(-size // guard) * guard + guard if guard else size
        with session.lock:
            if self._bytes > session.free_bytes:
                raise _out_of_memory(size, f"{session.free_bytes:,} are left")
            handle = api().xrtBOAlloc(session.device, self._bytes, P2P if p2p else NORMAL, bank)
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
