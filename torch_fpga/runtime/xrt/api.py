"""XRT's C API, as far as it is used: ``libxrt_coreutil`` through ctypes, or what stands for it (``pyxrt_api.py``).

Calls release the GIL. Those that fail return a null handle or -1 and leave the reason in ``errno``; XRT prints its own
words to the terminal. Source: ``xrt_device.h``, ``xrt_kernel.h``, ``xrt_bo.h`` of XRT 2.13 (later versions keep them).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
from ctypes import c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
from typing import Any

from torch_fpga.errors import ToolError
from torch_fpga.runtime.xrt.pyxrt_api import PyxrtApi

LIBRARY = "libxrt_coreutil.so.2"


_SIGNATURES = {
    "xrtDeviceOpen": (c_void_p, [c_uint]),
    "xrtDeviceClose": (c_int, [c_void_p]),
    "xrtDeviceLoadXclbinFile": (c_int, [c_void_p, c_char_p]),
    "xrtDeviceGetXclbinUUID": (c_int, [c_void_p, c_void_p]),
    "xrtPLKernelOpen": (c_void_p, [c_void_p, c_void_p, c_char_p]),
    "xrtKernelClose": (c_int, [c_void_p]),
    "xrtKernelArgGroupId": (c_int, [c_void_p, c_int]),
    "xrtBOAlloc": (c_void_p, [c_void_p, c_size_t, c_uint64, c_uint]),
    "xrtBOFree": (c_int, [c_void_p]),
    "xrtBOMap": (c_void_p, [c_void_p]),
    "xrtBOAddress": (c_uint64, [c_void_p]),
    "xrtBOSync": (c_int, [c_void_p, c_int, c_size_t, c_size_t]),
    "xrtRunOpen": (c_void_p, [c_void_p]),
    "xrtRunStart": (c_int, [c_void_p]),
    "xrtRunState": (c_int, [c_void_p]),
    "xrtRunWaitFor": (c_int, [c_void_p, c_uint]),
    "xrtRunClose": (c_int, [c_void_p]),
}


class Api:
    """XRT's functions through ctypes, each as a method of its C name.

    ``polls``: it must not be waited in. ``words``: XRT's own reason for the last failure, where it gives one.
    """

    polls = False
    words = ""

    def __init__(self, library: ctypes.CDLL) -> None:
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        # Variadic: the run, the argument's number, and a handle or a 64-bit scalar.
        self.xrtRunSetArg = library.xrtRunSetArg
        self.xrtRunSetArg.restype, self.xrtRunSetArg.argtypes = c_int, [c_void_p, c_int]


@functools.cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(LIBRARY, use_errno=True)


@functools.cache
def api() -> Any:
    """XRT's functions: through pyxrt where that is installed, else ctypes. Raises ToolError where XRT is not there."""
    try:
        import pyxrt
    except ImportError:
        pass
    else:
        return PyxrtApi(pyxrt)
    try:
        return Api(_library())
    except OSError as error:
        raise ToolError(
            f"XRT is not installed: {error}", code="no-xrt", hint="Debian: apt-get install libxrt1 libxrt-dev"
        ) from error


def failed(what: str, hint: str | None = None, code: str = "device-failed") -> ToolError:
    """The error of a call that has just failed."""
    number = ctypes.get_errno()
    reason = api().words or (os.strerror(number) if number else "")
    if number in _GONE or any(os.strerror(each) in reason for each in _GONE):
        code = "device-lost"
    reason = f" ({reason})" if reason else ""
    return ToolError(f"XRT could not {what}{reason}", code=code, hint=hint)


_GONE = (errno.ENODEV, errno.ENXIO)
"""What the driver answers for a card that was reset or taken away."""

UUID = ctypes.c_ubyte * 16
