"""The host programs of exported projects: in C++ over XRT's emulated card, in Python over a stand-in for pyxrt."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import torch_fpga
from tests.caches import cache
from tests.tools.exporting import HalfSearch, export, kernels, needs_gpp, random, swap_a_tie, tamper
from torch_fpga.errors import ToolError
from torch_fpga.runtime.build import Built, build
from torch_fpga.runtime.signature import Port, Scalar, Signature
from torch_fpga.runtime.xrt import emulator, status


def built(folder: Path) -> Built:
    """The exported kernel as the runtime builds it for emulation."""
    (kernel,) = kernels(folder)
    ports = [
        Port(p["name"], p["role"], 0, p["bytes"], torch.uint8, p["bundle"], p["banks"][0][0]) for p in kernel["ports"]
    ]
    if queue := kernel.get("queue"):
        ports.append(Port(queue["name"], "in", 0, 8 * queue["words"], torch.uint8, "host", 0))
    scalars = [Scalar(s["name"], s["value"]) for s in kernel["scalars"]]
    source = (folder / "kernels" / f"{kernel['name']}.cpp").read_text()
    return build(kernel["name"], source, Signature(tuple(ports), tuple(scalars), (), ()), cache()).result()


class HostRanError(Exception):
    """Carries what the host program did out of the opening of a card."""


def run_on_emulated_card(monkeypatch: pytest.MonkeyPatch, kernel: Built, command: list[str]) -> str:
    """Runs a host program where torch_fpga would open an emulated card, whose memory is not the host's."""

    def run(card: int, xclbin: Path, page: status.StatusPage) -> int:
        # torch_fpga allocates a page more a buffer, to catch what runs past it; other hosts do not.
        page._put(status._GUARD, 0)
        done = subprocess.run(
            [*command[:1], xclbin, *command[1:], str(card)], capture_output=True, text=True, check=False
        )
        raise HostRanError(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")

    try:
        device = emulator.Emulator("test", str(cache().root), 60.0, private_memory=True)
    except ToolError as error:
        pytest.skip(f"no software emulation of XRT: {error.message}")
    monkeypatch.setattr(emulator, "_open", run)
    with pytest.raises(HostRanError) as host:
        device.load([kernel])
    return str(host.value)


@needs_gpp
@pytest.mark.parametrize(("case", "outputs", "elements"), [("int8", 2, 4), ("rows", 1, 1039 * 256)])
def test_the_host_program_runs_through_xrt(case, outputs, elements, tmp_path, monkeypatch):
    folder = export(tmp_path / "project", case)
    if not Path("/usr/include/xrt/xrt/xrt_kernel.h").exists() and "XILINX_XRT" not in os.environ:
        pytest.skip("the headers of XRT are not installed (Debian: libxrt-dev)")
    made = subprocess.run(
        ["make", "-C", folder, "host", "CXXFLAGS=-O1 -Wall -Wextra -Werror"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    command = [str(folder / "build/host"), str(folder / "data")]
    kernel = built(folder)
    text = run_on_emulated_card(monkeypatch, kernel, command)
    assert text.startswith("exit status 0\n")
    assert text.count("passed") == outputs
    file = tamper(folder, "out0_*.bin", torch.float32)
    text = run_on_emulated_card(monkeypatch, kernel, command)
    assert text.startswith("exit status 1\n")
    assert f"FAILED {file}: 1 of {elements} elements" in text


# pyxrt as far as host.py uses it, over a kernel in a shared library. A buffer is two memories, and a sync copies.
PYXRT = """
import ctypes, enum, numpy
class xclBOSyncDirection(enum.Enum):
    XCL_BO_SYNC_BO_TO_DEVICE = 0
    XCL_BO_SYNC_BO_FROM_DEVICE = 1
class ert_cmd_state(enum.Enum):
    ERT_CMD_STATE_COMPLETED = 4
class device:
    def __init__(self, number): assert number == 0
    def load_xclbin(self, path): return ctypes.CDLL(path)
class kernel:
    shared = 1
    def __init__(self, device, library, name, mode): self.launch = getattr(library, name + "_launch")
    def group_id(self, argument): return argument
class bo:
    normal, host_only = 0, 1
    def __init__(self, device, size, flags, group):
        room = numpy.zeros(2 * size + 4096, numpy.uint8)  # XRT's buffers start at a page
        start = -room.ctypes.data % 4096
        self.card, self.host = room[start : start + size], room[start + size : start + 2 * size]
    def write(self, data, seek): self.host[seek : seek + len(data)] = data
    def read(self, size, skip): return self.host[skip : skip + size].view(numpy.int8)
    def sync(self, direction, size, offset):
        pair = self.card, self.host
        to, source = pair if direction is xclBOSyncDirection.XCL_BO_SYNC_BO_TO_DEVICE else pair[::-1]
        to[offset : offset + size] = source[offset : offset + size]
class run:
    def __init__(self, kernel): self.kernel, self.words = kernel, {}
    def set_arg(self, number, value): self.words[number] = value if isinstance(value, int) else value.card.ctypes.data
    def start(self): pass
    def wait(self):
        words = (ctypes.c_uint64 * len(self.words))(*(self.words[i] for i in range(len(self.words))))
        message = ctypes.create_string_buffer(512)
        assert self.kernel.launch(words, message, ctypes.c_long(512)) == 0, message.value
        return ert_cmd_state.ERT_CMD_STATE_COMPLETED
"""


def run_python_host(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    (home / "pyxrt.py").write_text(PYXRT)
    command = [sys.executable, str(folder / "host/host.py"), str(built(folder).library)]
    environment = {**os.environ, "PYTHONPATH": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@needs_gpp
@pytest.mark.parametrize(
    ("case", "outputs", "tampered", "wrong"),
    [
        ("int8", 2, ("out1_*.bin", torch.int64), "1 of 4 indices are wrong"),
        ("rows", 1, ("out0_*.bin", torch.float32), f"1 of {1039 * 256} elements (float32) are wrong"),
    ],
)
def test_the_python_host_over_a_stand_in_for_pyxrt(case, outputs, tampered, wrong, tmp_path):
    folder = export(tmp_path / "project", case)
    done = run_python_host(folder, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("passed") == outputs
    file = tamper(folder, *tampered)
    done = run_python_host(folder, tmp_path)
    assert done.returncode == 1
    assert f"FAILED {file}: {wrong}" in done.stdout


@needs_gpp
def test_the_python_host_takes_any_of_equal_values(tmp_path):
    model, query = HalfSearch(), random(64).half()
    folder = torch_fpga.export(model, query, path=tmp_path / "p", placement="fpga")
    outputs = ""
    for _ in range(2):
        done = run_python_host(folder, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("passed") == 4
        outputs += done.stdout
        swap_a_tie(next(folder.glob("data/*/out1_*.bin")), model.index @ query)
    assert re.search(r"out1_\S+: 0 of 64 indices are wrong; \d+ are of other, equal values", outputs)
    assert "and are not compared" in outputs
