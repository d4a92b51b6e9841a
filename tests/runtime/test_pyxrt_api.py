"""What pyxrt raises and returns, as the C API would say it. A stand-in for pyxrt; the real one is not on PyPI."""

from __future__ import annotations

import ctypes
import types

import pytest

from torch_fpga.runtime.xrt.constants import HOST_ONLY, NORMAL, P2P, TO_DEVICE, TO_HOST
from torch_fpga.runtime.xrt.pyxrt_api import PyxrtApi


class _Device:
    def __init__(self, number):
        if number:
            raise RuntimeError(f"Could not open device with index '{number}'")

    def load_xclbin(self, path):
        self.path = path

    def get_xclbin_uuid(self):
        return self.path


class _Kernel:
    def __init__(self, device, uuid, name):
        self.name = name

    def group_id(self, argument):
        return 3 + argument


class _Buffer:
    flags = types.SimpleNamespace(normal="normal", p2p="p2p", host_only="host_only")

    def __init__(self, device, size, kind, bank):
        self.memory, self.kind, self.bank, self.syncs = bytearray(size), kind, bank, []

    def map(self):
        return memoryview(self.memory)

    def address(self):
        return 0x4000

    def sync(self, way, size, offset):
        self.syncs.append((way, size, offset))


class _Run:
    def __init__(self, kernel):
        self.arguments = {}

    def set_arg(self, number, value):
        if isinstance(value, int) and not -(2**31) <= value < 2**31:
            raise TypeError("set_arg(): incompatible function arguments")
        self.arguments[number] = value

    def start(self):
        pass

    def state(self):
        return 4


@pytest.fixture
def api():
    ways = types.SimpleNamespace(XCL_BO_SYNC_BO_TO_DEVICE="to", XCL_BO_SYNC_BO_FROM_DEVICE="from")
    return PyxrtApi(
        types.SimpleNamespace(device=_Device, kernel=_Kernel, bo=_Buffer, run=_Run, xclBOSyncDirection=ways)
    )


def test_a_launch(api):
    device = api.xrtDeviceOpen(0)
    assert api.xrtDeviceLoadXclbinFile(device, b"a.xclbin") == 0
    kernel = api.xrtPLKernelOpen(device, None, b"search:{search_1}")
    assert api.xrtKernelArgGroupId(kernel, 1) == 4
    buffer = api.xrtBOAlloc(device, 64, NORMAL, 4)
    ctypes.memset(api.xrtBOMap(buffer), 7, 64)
    made = api._objects[buffer]
    assert made.memory == bytes([7] * 64)
    assert (made.kind, made.bank) == ("normal", 4)
    assert api.xrtBOAddress(buffer) == 0x4000
    assert api._objects[api.xrtBOAlloc(device, 64, HOST_ONLY, 5)].kind == "host_only"
    assert api._objects[api.xrtBOAlloc(device, 64, P2P, 0)].kind == "p2p"
    assert api.xrtBOSync(buffer, TO_DEVICE, 32, 8) == api.xrtBOSync(buffer, TO_HOST, 64, 0) == 0
    assert made.syncs == [("to", 32, 8), ("from", 64, 0)]
    run = api.xrtRunOpen(kernel)
    assert api.xrtRunSetArg(run, 0, ctypes.c_uint64(buffer)) == api.xrtRunSetArg(run, 1, ctypes.c_uint64(64)) == 0
    assert api._objects[run].arguments == {0: made, 1: 64}
    assert api.xrtRunStart(run) == 0
    assert api.xrtRunState(run) == 4
    for handle, close in ((run, "xrtRunClose"), (buffer, "xrtBOFree"), (device, "xrtDeviceClose")):
        assert getattr(api, close)(handle) == 0


def test_a_failure_has_pyxrts_words(api):
    assert api.xrtDeviceOpen(5) == 0
    assert "Could not open device with index '5'" in api.words


def test_a_scalar_that_pyxrt_cannot_set_is_a_failure(api):
    device = api.xrtDeviceOpen(0)
    api.xrtDeviceLoadXclbinFile(device, b"a.xclbin")
    run = api.xrtRunOpen(api.xrtPLKernelOpen(device, None, b"k"))
    assert api.xrtRunSetArg(run, 0, ctypes.c_uint64(2**40)) == -1
    assert "incompatible" in api.words
