"""The device interface: one suite for kernels in this process and for XRT's software emulation."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch

import torch_fpga
from tests.runtime.probe import (
    ADD,
    BYTES,
    DOUBLE,
    INDEX,
    LENGTH,
    SLEEP,
    THROW,
    Pair,
    device,
    emulator,
    probe,
    status_of,
    works,
)
from torch_fpga.errors import FpgaError, InternalError, ToolError, UserError
from torch_fpga.runtime.device import Image
from torch_fpga.runtime.xrt import emulator as emulator_module
from torch_fpga.runtime.xrt.emulator import memory

KINDS = ["emulation", "sw_emu", "sw_emu private"]
XRT = KINDS[1:]


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def image(kind) -> Iterator[Image]:
    made = device(kind).load([probe()])
    yield made
    made.close()


def test_launch(image):
    works(image)


def test_several_kernels_in_an_image(kind):
    image = device(kind).load([probe(), probe("probe_b")])
    assert [kernel.name for kernel in image.kernels] == ["probe", "probe_b"]
    for number, kernel in enumerate(image.kernels):
        assert kernel.image is image
        assert [kernel.bank(i) for i in range(2)] == [0, 1]
        works(image, number)
    image.close()


@pytest.mark.parametrize("kind", XRT)
def test_a_kernel_named_twice_runs_twice_at_once(kind):
    image = device(kind).load([probe(), probe()])
    pairs = [Pair(image, seed) for seed in (1, 2)]
    start = time.perf_counter()
    runs = [k.start(p.arguments(SLEEP, 600)) for k, p in zip(image.kernels, pairs, strict=True)]
    for run, pair in zip(runs, pairs, strict=True):
        run.wait()
        pair.check()
    assert time.perf_counter() - start < 1.1
    image.close()


def test_launches_of_a_kernel_run_one_after_another_in_order(image):
    kernel = image.kernels[0]
    first, other = Pair(image, 1), Pair(image, 5)
    start = time.perf_counter()
    runs = [kernel.start(first.arguments(SLEEP, 60)), kernel.start(other.arguments(SLEEP, 60))]
    for run in runs:
        run.wait()
    assert time.perf_counter() - start > 0.115
    first.check()
    other.check()


@pytest.mark.parametrize("kind", XRT)
def test_a_chain_of_launches_needs_no_wait_between(kind):
    """Each launch doubles what the one before left, so one that overtakes another shows."""
    image = device(kind).load([probe()])
    kernel = image.kernels[0]
    for _ in range(20):
        pair = Pair(image, 1)
        chain = [image.buffer(BYTES, number % 2) for number in range(16)]
        ends = [pair.x, *chain]
        runs = [kernel.start([a, b, DOUBLE, 0]) for a, b in itertools.pairwise(ends)]
        for run in reversed(runs):
            run.wait()
        chain[-1].to_host()
        np.testing.assert_array_equal(chain[-1].host.view(np.int32), pair.given << 16)
        for buffer in ends:
            buffer.free()
    image.close()


@pytest.mark.parametrize("kind", XRT)
def test_more_launches_than_outcomes_are_kept(kind):
    image = device(kind).load([probe()])
    pair = Pair(image)
    failing = {3, 64, 65, 150, 199}
    kernel = image.kernels[0]
    runs = [kernel.start(pair.arguments(THROW if n in failing else DOUBLE)) for n in range(200)]
    for number, run in enumerate(runs):
        if number in failing:
            with pytest.raises(InternalError, match="thrown by a kernel"):
                run.wait()
        else:
            run.wait()
    image.close()


@pytest.mark.parametrize("size", [0, 1, 3, 4095, 4096, 4097, 12345, 1 << 20, (1 << 20) + 1])
def test_buffer_sizes(image, size):
    buffer = image.buffer(size, 3)
    assert (buffer.size, buffer.bank, buffer.host.shape, buffer.host.dtype) == (size, 3, (size,), np.uint8)
    data = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    buffer.host[:] = data
    buffer.to_device()
    buffer.to_host()
    np.testing.assert_array_equal(buffer.host, data)
    buffer.free()


def test_banks_are_apart(image):
    buffers = [image.buffer(100, bank) for bank in range(32)]
    for number, buffer in enumerate(buffers):
        buffer.host[:] = number
        buffer.to_device()
    for number, buffer in enumerate(buffers):
        buffer.to_host()
        assert (buffer.host == number).all()


@pytest.mark.parametrize("kind", ["sw_emu private"])
def test_what_is_not_synced_is_not_there(kind):
    image = device(kind).load([probe()])
    pair = Pair(image, 1)
    ints = pair.x.host.view(np.int32)
    ints[:] = -1  # not synced
    image.kernels[0].start(pair.arguments()).wait()
    assert not pair.y.host.any(), "output that was not synced is visible to the host"
    pair.check()
    # Of a synced range, that range and no more.
    pair.x.to_device(400, 40)
    image.kernels[0].start(pair.arguments()).wait()
    before = pair.y.host.view(np.int32).copy()
    pair.y.to_host(396, 48)
    got = pair.y.host.view(np.int32)
    expected = before.copy()
    expected[99:111] = 2 * pair.given[99:111]
    expected[100:110] = -2
    np.testing.assert_array_equal(got, expected)
    image.close()


@pytest.mark.parametrize("kind", XRT)
@pytest.mark.parametrize(("offset", "size"), [(-1, 2), (0, BYTES + 1), (BYTES, 1), (BYTES + 1, 0)])
def test_a_sync_outside_of_the_buffer_is_an_error(kind, offset, size):
    image = device(kind).load([probe()])
    buffer = image.buffer(BYTES)
    with pytest.raises(FpgaError, match="sync"):
        buffer.to_device(offset, size)
    buffer.to_device(BYTES, 0)
    image.close()


@pytest.mark.parametrize("value", [0, 1, -1, (1 << 31) + 5, (1 << 40) + 7, -(1 << 62)])
def test_scalars_are_64_bits(image, value):
    pair = Pair(image)
    image.kernels[0].start(pair.arguments(ADD, value)).wait()
    low = np.array([value & 0xFFFFFFFF], np.uint32).view(np.int32)[0]
    np.testing.assert_array_equal(pair.result(), 2 * pair.given + low)


def test_wait_with_a_timeout_then_without(image):
    pair = Pair(image)
    run = image.kernels[0].start(pair.arguments(SLEEP, 800))
    start = time.perf_counter()
    with pytest.raises(FpgaError) as error:
        run.wait(0.05)
    assert error.value.code == "timeout"
    assert 0.04 < time.perf_counter() - start < 0.7
    run.wait(5)
    run.wait()
    pair.check()


def test_two_threads_wait_for_one_run(image):
    run = image.kernels[0].start(Pair(image).arguments(SLEEP, 800))
    waiter = threading.Thread(target=run.wait)
    waiter.start()
    start = time.perf_counter()
    with pytest.raises(FpgaError, match="not ended"):
        run.wait(0.05)
    assert time.perf_counter() - start < 0.7, "its time-out was not heeded"
    waiter.join()
    run.wait()


def test_a_run_that_nobody_waits_for(image):
    pair = Pair(image)
    for _ in range(100):
        image.kernels[0].start(pair.arguments(THROW))
    works(image)


def test_errors_come_with_each_wait(image):
    run = image.kernels[0].start(Pair(image).arguments(INDEX, LENGTH))
    for _ in range(2):
        with pytest.raises(UserError, match=f"index {LENGTH} is out of range") as error:
            run.wait()
        assert error.value.code == "index-out-of-range"
    run = image.kernels[0].start(Pair(image).arguments(THROW))
    with pytest.raises(InternalError, match="thrown by a kernel"):
        run.wait()
    works(image)


@pytest.mark.parametrize("kind", XRT)
def test_nothing_works_after_close(kind):
    image = device(kind).load([probe()])
    pair, kernel = Pair(image), image.kernels[0]
    ended = kernel.start(pair.arguments())
    ended.wait()
    under_way = kernel.start(pair.arguments(SLEEP, 5000))
    start = time.perf_counter()
    image.close()
    image.close()
    assert time.perf_counter() - start < 2
    ended.wait()
    for use in (
        under_way.wait,
        lambda: kernel.start(pair.arguments()),
        lambda: image.buffer(10),
        pair.x.to_device,
        pair.x.to_host,
        lambda: pair.x.host,
    ):
        with pytest.raises(FpgaError) as error:
            use()
        assert error.value.code == "device-closed"
    pair.x.free()


@pytest.mark.parametrize("kind", XRT)
def test_a_freed_buffer_is_not_used(kind):
    image = device(kind).load([probe()])
    pair = Pair(image)
    image.kernels[0].start(pair.arguments()).wait()
    pair.x.free()
    pair.x.free()
    for use in (lambda: image.kernels[0].start(pair.arguments()), pair.x.to_device, lambda: pair.x.host):
        with pytest.raises(FpgaError, match="freed"):
            use()
    works(image)
    image.close()


@pytest.mark.parametrize("kind", XRT)
def test_images_do_not_disturb_each_other(kind):
    emulated = device(kind)
    first = emulated.load([probe()])
    pair = Pair(first, 3)
    second = emulated.load([probe()])
    works(second)
    pair.x.host.view(np.int32)[:] = pair.given  # XRT unmaps it when another image is loaded
    first.kernels[0].start(pair.arguments()).wait()
    second.close()
    pair.check()
    works(first)
    first.close()


class Index(torch.nn.Module):
    """A matrix of 2 MiB, so that it is sharded over channels."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.rows = torch.nn.Parameter(torch.randn(8192, 64, generator=generator), requires_grad=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (self.rows @ x).topk(4)


def _sw_emu(model):
    emulator()  # or skip
    return torch.compile(model, backend="fpga", options={"device": "sw_emu", "placement": "fpga"})


def _sent() -> int:
    return sum(region.sent_bytes for graph in torch_fpga.last_report().graphs for region in graph.regions)


def test_a_compiled_model_equals_eager():
    model, x = Index(), torch.randn(64)
    compiled = _sw_emu(model)
    with torch.no_grad():
        for scale in (1, -1):
            torch.testing.assert_close(compiled(scale * x), model(scale * x), rtol=1e-4, atol=1e-5)
    report = torch_fpga.last_report()
    assert report.device == "sw_emu"
    assert "sw_emu" in str(report)
    assert {region.device for region in report.graphs[-1].regions} == {"fpga"}


class ScaledIndex(torch.nn.Module):
    """int8 rows and a scale for each: a channel has a block of both behind one port."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(2)
        self.register_buffer("rows", torch.randint(-128, 128, (16384, 64), dtype=torch.int8, generator=generator))
        self.register_buffer("scales", torch.rand(16384, generator=generator))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return ((self.rows.float() @ x) * self.scales).topk(4)


def test_rows_come_and_go_in_blocks():
    x = torch.randn(1039, 256)
    torch.testing.assert_close(_sw_emu(lambda x: x.softmax(-1) * 2)(x), x.softmax(-1) * 2, rtol=1e-4, atol=1e-5)


def test_rows_and_their_scales_share_a_port():
    model, x = ScaledIndex(), torch.randn(64)
    torch.testing.assert_close(_sw_emu(model)(x), model(x), rtol=1e-4, atol=1e-4)


def test_a_parameter_is_sent_when_it_has_changed():
    model, x = Index(), torch.randn(64)
    compiled = _sw_emu(model)
    size = model.rows.nbytes

    def sent_by_a_call() -> int:
        before = _sent() if torch_fpga.last_report() else 0
        torch.testing.assert_close(compiled(x), model(x), rtol=1e-4, atol=1e-5)
        return _sent() - before

    with torch.no_grad():
        assert sent_by_a_call() == size + x.nbytes
        assert sent_by_a_call() == x.nbytes
        model.rows[5] = x  # changed in place
        assert sent_by_a_call() == size + x.nbytes
        assert sent_by_a_call() == x.nbytes
        model.rows.data = torch.randn_like(model.rows)  # replaced
        assert sent_by_a_call() == size + x.nbytes
        assert sent_by_a_call() == x.nbytes


def test_a_card_that_is_full_leaves_its_region_to_eager(monkeypatch):
    """The region's tensors are first brought to the card by the first call; what does not fit is said then."""
    emulator()  # or skip
    model, x = Index(), torch.randn(64)
    compiled = _sw_emu(model)
    torch.compiler.reset()
    gc.collect()  # what earlier tests left, which a card that is full would ask for first
    monkeypatch.setattr(memory, "capacity", memory.taken + (1 << 20))
    with torch.no_grad():
        for _ in range(2):
            torch.testing.assert_close(compiled(x), model(x))
    graph = torch_fpga.last_report().graphs[-1]
    (fallback,) = graph.fallbacks
    assert fallback.reason_code == "out-of-memory"
    assert "no device memory for a buffer of" in fallback.error
    assert [region.compiled_by for region in graph.regions] == ["eager"]


def test_after_the_device_was_lost_the_next_call_reopens_it():
    before = set(emulator_module._images)
    model, x = Index(), torch.randn(64)
    compiled = _sw_emu(model)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), model(x), rtol=1e-4, atol=1e-5)
        for write in (lambda: None, lambda: model.rows.add_(1)):
            (image,) = [image for image in emulator_module._images if image not in before and not image.session.closed]
            os.kill(status_of(image).device, signal.SIGKILL)
            with pytest.raises(ToolError) as error:
                compiled(x)
            assert error.value.code == "device-lost"
            write()
            for _ in range(2):
                torch.testing.assert_close(compiled(x), model(x), rtol=1e-4, atol=1e-5)


def test_recompiled_and_second_functions_share_a_copy_and_free_it():
    """By reference counts: no garbage collection comes to help."""
    emulator()  # or skip
    torch.compiler.reset()
    gc.collect()
    model, before = Index(), memory.taken
    size = model.rows.nbytes
    functions = [_sw_emu(model), _sw_emu(lambda x: (model.rows @ (x + 1.0)).topk(4))]
    gc.disable()
    try:
        with torch.no_grad():
            for dtype in (torch.float32, torch.int32):  # another graph
                x = torch.arange(64, dtype=dtype)
                torch.testing.assert_close(functions[1](x), (model.rows @ (x + 1.0)).topk(4), rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(functions[0](x.float()), model(x.float()), rtol=1e-4, atol=1e-4)
            assert size < memory.taken - before < 1.5 * size
            functions.clear()
            torch.compiler.reset()
            assert memory.taken == before
    finally:
        gc.enable()


def test_weights_that_are_tied_trained_and_swapped():
    """Two modules with one parameter, and what a user does to it between calls."""
    emulator()  # or skip

    class Tied(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = Index(), Index()
            self.second.rows = self.first.rows

        def forward(self, x):
            return self.first(x), self.second(x * 2)

    model, x = Tied(), torch.randn(64)
    compiled = _sw_emu(model)
    parameter = model.first.rows

    def step() -> None:
        parameter.requires_grad_(True).grad = torch.randn_like(parameter)
        torch.optim.AdamW([parameter], lr=0.3, fused=True).step()
        parameter.requires_grad_(False)

    def swap() -> None:
        torch.utils.swap_tensors(parameter, torch.nn.Parameter(torch.randn_like(parameter), requires_grad=False))

    with torch.no_grad():
        writes = [lambda: None, step, lambda: parameter.data.clamp_(-0.1, 0.1), swap]
        for write in [*writes, lambda: np.negative(parameter.numpy(), out=parameter.numpy()), step]:
            write()
            torch.testing.assert_close(compiled(x), model(x), rtol=1e-4, atol=1e-4)
