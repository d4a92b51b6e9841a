"""pyxrt, XRT's own Python module, behind the calls of ``api.py``: used where XRT was installed with it.

It knows objects and exceptions where the C API knows handles and ``errno``. It keeps Python's lock while it waits, so
launches are polled for; and it sets 32 bits of a scalar, which is why a larger one is refused.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
from collections.abc import Callable
from typing import Any

from torch_fpga.runtime.xrt.constants import HOST_ONLY, P2P, TO_DEVICE

_FIRST = 1 << 48
"""Handles count from here: no scalar argument is as large."""


class PyxrtApi:
    """``module`` is pyxrt. Methods as those of ``Api``: a failed one returns 0 or -1, and ``words`` has the reason."""

    polls = True

    def __init__(self, module: Any) -> None:
        self._xrt = module
        self._objects: dict[int, Any] = {}
        self._next = itertools.count(_FIRST)
        self.words = ""

    def xrtDeviceOpen(self, number: int) -> int:  # noqa: N802
        return self._made(lambda: self._xrt.device(number))

    def xrtDeviceClose(self, device: int) -> int:  # noqa: N802
        return self._dropped(device)

    def xrtDeviceLoadXclbinFile(self, device: int, path: bytes) -> int:  # noqa: N802
        return self._done(lambda: self._objects[device].load_xclbin(path.decode()))

    def xrtDeviceGetXclbinUUID(self, device: int, uuid: Any) -> int:  # noqa: N802
        return 0  # a kernel is opened with the device's own

    def xrtPLKernelOpen(self, device: int, uuid: Any, name: bytes) -> int:  # noqa: N802
        opened = self._objects[device]
        return self._made(lambda: self._xrt.kernel(opened, opened.get_xclbin_uuid(), name.decode()))

    def xrtKernelClose(self, kernel: int) -> int:  # noqa: N802
        return self._dropped(kernel)

    def xrtKernelArgGroupId(self, kernel: int, argument: int) -> int:  # noqa: N802
        return self._done(lambda: self._objects[kernel].group_id(argument))

    def xrtBOAlloc(self, device: int, size: int, flags: int, bank: int) -> int:  # noqa: N802
        kinds = self._xrt.bo.flags
        kind = {P2P: kinds.p2p, HOST_ONLY: kinds.host_only}.get(flags, kinds.normal)
        return self._made(lambda: self._xrt.bo(self._objects[device], size, kind, bank))

    def xrtBOFree(self, buffer: int) -> int:  # noqa: N802
        return self._dropped(buffer)

    def xrtBOMap(self, buffer: int) -> int:  # noqa: N802
        window = ctypes.c_char
        return max(0, self._done(lambda: ctypes.addressof(window.from_buffer(self._objects[buffer].map()))))

    def xrtBOAddress(self, buffer: int) -> int:  # noqa: N802
        return self._done(lambda: self._objects[buffer].address())

    def xrtBOSync(self, buffer: int, direction: int, size: int, offset: int) -> int:  # noqa: N802
        ways = self._xrt.xclBOSyncDirection
        way = ways.XCL_BO_SYNC_BO_TO_DEVICE if direction == TO_DEVICE else ways.XCL_BO_SYNC_BO_FROM_DEVICE
        return self._done(lambda: self._objects[buffer].sync(way, size, offset))

    def xrtRunOpen(self, kernel: int) -> int:  # noqa: N802
        return self._made(lambda: self._xrt.run(self._objects[kernel]))

    def xrtRunSetArg(self, run: int, number: int, word: ctypes.c_uint64) -> int:  # noqa: N802
        value = self._objects.get(word.value, word.value)
        return self._done(lambda: self._objects[run].set_arg(number, value))

    def xrtRunStart(self, run: int) -> int:  # noqa: N802
        return self._done(self._objects[run].start)

    def xrtRunState(self, run: int) -> int:  # noqa: N802
        return self._done(lambda: int(self._objects[run].state()))

    def xrtRunClose(self, run: int) -> int:  # noqa: N802
        return self._dropped(run)

    def _made(self, make: Callable[[], Any]) -> int:
        handle = next(self._next)

        def keep() -> None:
            self._objects[handle] = make()

        return 0 if self._done(keep) else handle

    def _dropped(self, handle: int) -> int:
        return self._done(lambda: self._objects.pop(handle) and None)

    def _done(self, call: Callable[[], Any]) -> int:
        try:
            result = call()
        except Exception as error:  # pyxrt raises what XRT's C++ throws, as RuntimeError and others
            self.words = str(error)
            ctypes.set_errno(errno.EIO)
            return -1
        return result if isinstance(result, int) else 0
