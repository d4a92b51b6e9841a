"""What it costs to reach a device: a launch, loading, copies, and an index that stays. In process beside ``sw_emu``."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch

import torch_fpga
from benchmarks.measure import at_least, header, verdict
from torch_fpga.runtime.build import build
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Image
from torch_fpga.runtime.fingerprint import fingerprint
from torch_fpga.runtime.open_device import open_device
from torch_fpga.runtime.signature import Layout, Port, Signature
from torch_fpga.runtime.xrt.emulator import Emulator

# The least a kernel can do: what remains is the launch.
SOURCE = """
#include <ap_int.h>
#include <hls_stream.h>

#include "hls_lib/hls_lib.hpp"

extern "C" void least(const float* x, float* y) { y[0] = x[0]; }
"""
_ONE = Layout((1,), (1,), torch.float32)
SIGNATURE = Signature(
    (Port("x", "in", 0, 1, torch.float32, "gmem0"), Port("y", "out", 0, 1, torch.float32, "gmem1", bank=1)),
    (),
    (_ONE,),
    (_ONE,),
)
MIB = 1 << 20


def median_us(function: Callable[[], Any], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


def launches(image: Image, limit_us: float) -> None:
    kernel = image.kernels[0]
    buffers = [image.buffer(4, kernel.bank(argument)) for argument in (0, 1)]
    if image.in_place:
        words = [buffer.host.ctypes.data for buffer in buffers]
        run = lambda: kernel.run(words)  # type: ignore[attr-defined]  # noqa: E731
    else:
        run = lambda: kernel.start(buffers).wait()  # noqa: E731
    print(f"   launch and wait: {verdict(median_us(run, 2000), limit_us, ' us')}")


def copies(image: Image, kind: str) -> None:
    buffer = image.buffer(64 * MIB)
    buffer.host[:] = 1
    for direction in ("to_device", "to_host"):
        copy = getattr(buffer, direction)
        copy()
        gb_per_s = 64 * MIB / (1e3 * median_us(copy, 9))
        print(f"   64 MiB {direction.replace('_', ' ')}, {kind}: {at_least(gb_per_s, 1.0, ' GB/s')}")
    buffer.free()


class Lookup(torch.nn.Module):
    """The best 8 rows of a resident index of 512 MiB."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("index", torch.randn(1 << 20, 128))

    def forward(self, query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.topk(self.index @ query, 8)


def resident() -> None:
    model, query = Lookup(), torch.randn(128)
    data = model.index.view(torch.uint8).view(-1)
    print(f"   512 MiB index: a look at all of it takes {1e-3 * median_us(lambda: fingerprint(data), 3):.0f} ms")
    for residency in ("checked", "trusted"):
        resident_by(model, query, residency)


def resident_by(model: Lookup, query: torch.Tensor, residency: str) -> None:
    options = {"device": "sw_emu", "placement": "fpga", "residency": residency}
    torch.compiler.reset()
    compiled = torch.compile(model, backend="fpga", options=options)
    sent = []
    with torch.no_grad():
        for _ in range(3):
            torch.testing.assert_close(compiled(query)[0], model(query)[0])
            report = torch_fpga.last_report()
            assert report is not None
            sent.append(report.graphs[-1].regions[0].sent_bytes / MIB)
        call = 1e-3 * median_us(lambda: compiled(query), 3)
    later = sent[2] - sent[1]
    print(
        f"   512 MiB index, {residency}: {sent[0]:.0f} MiB sent at the first call,"
        f" {later * 1024:.1f} KiB at a later one, which takes {call:.0f} ms"
    )


def main() -> None:
    torch.set_num_threads(1)
    header("device: what it costs to reach it")
    with tempfile.TemporaryDirectory() as folder:
        built = build("least", SOURCE, SIGNATURE, Cache(folder)).result()
        print("   emulation (in process)")
        launches(open_device("emulation", folder, 60).load([built]), 10)
        for private in (False, True):
            device = Emulator("benchmark", folder, 60, private_memory=private)
            device.load([built]).close()  # builds the device process
            start = time.perf_counter()
            image = device.load([built])
            took = time.perf_counter() - start
            memory = "private memory" if private else "shared memory"
            print(f"   sw_emu, {memory}")
            print(f"   open and load: {verdict(1e3 * took, 50, ' ms')}")
            launches(image, 200)
            copies(image, memory)
            image.close()
    resident()


if __name__ == "__main__":
    main()
