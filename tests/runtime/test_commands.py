"""Kernels that are started once: one suite for this process and for XRT's software emulation."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import torch_fpga
from tests.runtime.probe import (
    ADD,
    DOUBLE,
    EXIT,
    FAR_OUT,
    FOREVER,
    INDEX,
    LENGTH,
    SLEEP,
    THROW,
    Pair,
    device,
    emulator,
    persistent_probe,
    probe,
    script,
    status_of,
)
from tests.runtime.probe import works as plain_works
from torch_fpga.codegen.persistent import ENTRIES
from torch_fpga.errors import FpgaError, InternalError, UserError
from torch_fpga.runtime import commands
from torch_fpga.runtime.commands import CommandedKernel
from torch_fpga.runtime.device import Image
from torch_fpga.runtime.doorbell import Futex, Spin, Words

KINDS = ["emulation", "sw_emu", "sw_emu private"]


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def image(kind) -> Iterator[Image]:
    made = device(kind).load([persistent_probe()])
    yield made
    made.close()


@pytest.fixture
def kernel(image) -> CommandedKernel:
    return CommandedKernel(image.kernels[0])


def works(kernel: CommandedKernel, pair: Pair | None = None) -> None:
    pair = pair or Pair(kernel.image, 3)
    kernel.start(pair.arguments(ADD, 5)).wait()
    pair.check(5)


def started(kernel: CommandedKernel) -> list[object]:
    """Notes every start of the kernel itself from now on."""
    starts: list[object] = []
    inner = kernel._kernel
    start = inner.start
    inner.start = lambda arguments: starts.append(arguments) or start(arguments)
    return starts


def test_many_steps_are_one_start(kernel):
    starts = started(kernel)
    pairs = [Pair(kernel.image, seed) for seed in (1, 50)]
    for step in range(3 * ENTRIES):
        kernel.start(pairs[step % 2].arguments(ADD, step)).wait()
        pairs[step % 2].check(step)
    assert len(starts) == 1


def test_commands_of_several_regions_wait_in_one_queue(kernel):
    pairs = [Pair(kernel.image, seed) for seed in range(3 * ENTRIES)]
    again = CommandedKernel(kernel._kernel)  # of another region
    steps = [(kernel, again)[i % 2].start(pair.arguments(ADD, i)) for i, pair in enumerate(pairs)]
    for step in reversed(steps):
        step.wait()
    for i, pair in enumerate(pairs):
        pair.check(i)


def test_threads_command_at_once(kernel):
    wrong: list[int] = []

    def run(seed: int) -> None:
        pair = Pair(kernel.image, seed)
        for value in range(30):
            kernel.start(pair.arguments(ADD, value)).wait()
            if (pair.result() != 2 * pair.given + value).any():
                wrong.append(seed)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("value", [0, -1, (1 << 40) + 7, -(1 << 62)])
def test_scalars_are_64_bits(kernel, value):
    pair = Pair(kernel.image)
    kernel.start(pair.arguments(ADD, value)).wait()
    low = np.array([value & 0xFFFFFFFF], np.uint32).view(np.int32)[0]
    np.testing.assert_array_equal(pair.result(), 2 * pair.given + low)


def test_a_step_that_fails_says_so_and_the_next_starts_the_kernel_anew(kernel):
    pair, starts = Pair(kernel.image), started(kernel)
    works(kernel, pair)
    step = kernel.start(pair.arguments(INDEX, LENGTH))
    for _ in range(2):
        with pytest.raises(UserError, match=f"index {LENGTH} is out of range"):
            step.wait()
    works(kernel, pair)
    assert len(starts) == 2


def test_steps_behind_a_failed_one_run(kernel):
    pairs = [Pair(kernel.image, seed) for seed in range(6)]
    whats = [DOUBLE, THROW, DOUBLE, INDEX, THROW, DOUBLE]
    steps = [kernel.start(pair.arguments(what, LENGTH)) for pair, what in zip(pairs, whats, strict=True)]
    codes = []
    for step in steps:
        try:
            step.wait()
            codes.append("")
        except FpgaError as error:
            codes.append(error.code)
    assert codes == ["", "kernel-failed", "", "index-out-of-range", "kernel-failed", ""]
    for i in (0, 2, 5):
        pairs[i].check()


def test_a_failed_step_is_told_however_late(kernel):
    pair = Pair(kernel.image)
    failed = kernel.start(pair.arguments(THROW))
    for _ in range(5 * ENTRIES):
        kernel.start(pair.arguments(DOUBLE))
    works(kernel, pair)
    with pytest.raises(InternalError, match="thrown by a kernel"):
        failed.wait()


def test_steps_that_wait_are_run_before_it_ends(kind):
    made = device(kind).load([persistent_probe()])
    kernel, pair = CommandedKernel(made.kernels[0]), Pair(made)
    steps = [kernel.start(pair.arguments(SLEEP, 20)) for _ in range(ENTRIES)]
    made.close()
    for step in steps:
        step.wait()


def test_a_wait_gives_up_and_the_step_goes_on(kernel):
    pair = Pair(kernel.image)
    step = kernel.start(pair.arguments(SLEEP, 500))
    with pytest.raises(FpgaError, match="not ended") as error:
        step.wait(0.05)
    assert error.value.code == "timeout"
    step.wait()
    pair.check()


def test_it_burns_no_core_while_it_waits(kind, image, kernel):
    works(kernel)
    status = None if kind == "emulation" else status_of(image)
    processes = [os.getpid(), *([status.device, status.worker(0)] if status else [])]
    before = sum(map(busy_seconds, processes))
    time.sleep(0.5)
    assert sum(map(busy_seconds, processes)) - before < 0.1


def busy_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_it_ends_with_its_image_and_starts_again(kind):
    threads = threading.active_count()
    made = device(kind).load([persistent_probe()])
    kernel = CommandedKernel(made.kernels[0])
    works(kernel)
    made.close()
    if kind == "emulation":
        assert threading.active_count() == threads
        works(kernel)  # its memory is this process's, which is never closed
        del kernel, made
        gc.collect()
        assert threading.active_count() == threads
    else:
        with pytest.raises(FpgaError, match="closed"):
            works(kernel)


def test_a_closed_image_ends_a_wait(kind, monkeypatch):
    monkeypatch.setattr(commands, "_STOP_SECONDS", 0.2)
    made = device(kind).load([persistent_probe()])
    kernel = CommandedKernel(made.kernels[0])
    step = kernel.start(Pair(made).arguments(SLEEP, 10_000))
    threading.Timer(0.1, made.close).start()
    with pytest.raises(FpgaError) as error:
        step.wait()
    assert error.value.code == "device-closed"


class Layers(torch.nn.Module):
    """Two regions of one kernel, with work between that no FPGA takes."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("first", torch.rand(64, 16))
        self.register_buffer("second", torch.rand(64, 16))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for rows in (self.first, self.second):
            x = torch.special.erfinv((rows @ x).softmax(0)[:16])
        return x


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_model_of_two_regions_with_one_kernel(kind):
    layers = Layers().eval()
    options = {"device": kind, "placement": "fpga", "launch": "persistent"}
    compiled = torch.no_grad()(torch.compile(layers, backend="fpga", options=options))
    for seed in range(5):
        x = torch.rand(16, generator=torch.Generator().manual_seed(seed)) - 0.5
        torch.testing.assert_close(compiled(x), layers(x))
    report = torch_fpga.last_report()
    regions = list(report.graphs[-1].on("fpga"))
    assert len(regions) == 2
    assert {region.called for region in regions} == {"persistent"}
    assert [region.calls for region in regions] == [5, 5]
    assert regions[1].kernel_of == regions[0].id
    assert "commanded, its kernel started once" in str(report)


def test_a_strict_run_refuses_it(monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_STRICT", "1")
    with pytest.raises(UserError, match="do not go together"):
        persistent_probe("strict_probe")


def test_an_error_names_the_kernel(kernel):
    with pytest.raises(InternalError, match="kernel probe: thrown by a kernel"):
        kernel.start(Pair(kernel.image).arguments(THROW)).wait()


@pytest.mark.parametrize("bell", [Spin(), Futex()])
def test_a_bell_is_heard_and_waited_for_no_longer_than_asked(bell):
    words = Words(np.zeros(64, np.uint8))

    def write() -> None:
        words[3] = 7
        bell.ring(words, 3)

    start = time.monotonic()
    bell.wait(words, 3, 0, 0.05)
    assert 0.04 < time.monotonic() - start < 0.5
    threading.Timer(0.1, write).start()
    while words[3] == 0:
        assert time.monotonic() - start < 5
        bell.wait(words, 3, 0, 5)
    assert words[3] == 7


@pytest.fixture
def emulated() -> Iterator[CommandedKernel]:
    """On sw_emu, where a step that hurts its process hurts no other."""
    made = emulator(timeout=1.0).load([persistent_probe()])
    yield CommandedKernel(made.kernels[0])
    made.close()


@pytest.mark.parametrize(
    ("what", "value", "code"),
    [(EXIT, 3, "kernel-crashed"), (FAR_OUT, 1 << 33, "kernel-crashed"), (FOREVER, 0, "timeout")],
)
def test_a_step_that_ends_its_process_or_never_ends(emulated, what, value, code):
    pairs = [Pair(emulated.image, seed) for seed in range(3)]
    whats = [(DOUBLE, 0), (what, value), (DOUBLE, 0)]
    steps = [emulated.start(pair.arguments(*each)) for pair, each in zip(pairs, whats, strict=True)]
    start = time.monotonic()
    with pytest.raises(FpgaError) as error:
        steps[1].wait()
    assert error.value.code == code
    assert time.monotonic() - start < 3
    for i in (0, 2):
        steps[i].wait()
        pairs[i].check()


def test_an_idle_kernel_lives_longer_than_a_launch_may_take(emulated):
    pair, starts = Pair(emulated.image), started(emulated)
    works(emulated, pair)
    time.sleep(1.3)
    works(emulated, pair)
    assert len(starts) == 1


def test_a_kernel_whose_process_was_killed_is_started_anew(emulated):
    pair = Pair(emulated.image)
    works(emulated, pair)
    os.kill(status_of(emulated.image).worker(0), signal.SIGKILL)
    time.sleep(0.05)
    with contextlib.suppress(InternalError):  # where the command came before its end was seen
        works(emulated, pair)
    works(emulated, pair)


def test_a_lost_card_is_told(emulated):
    pair = Pair(emulated.image)
    step = emulated.start(pair.arguments(SLEEP, 800))
    os.kill(status_of(emulated.image).device, signal.SIGKILL)
    with pytest.raises(FpgaError) as error:
        step.wait()
    assert error.value.code == "device-lost"


def test_a_plain_kernel_runs_beside_it():
    made = emulator().load([persistent_probe(), probe("probe_b")])
    kernel, pair = CommandedKernel(made.kernels[0]), Pair(made)
    for _ in range(5):
        works(kernel, pair)
        plain_works(made, 1)
    made.close()


@pytest.mark.parametrize(
    ("left", "status"), [("kernel.start(pair.arguments(FOREVER))", 0), ("os._exit(5)", 5)], ids=["busy", "killed"]
)
def test_a_process_may_end_without_stopping_it(tmp_path, left, status):
    script(
        tmp_path,
        f"""
        from torch_fpga.runtime.commands import CommandedKernel
        image = emulator(20).load([persistent_probe()])
        kernel, pair = CommandedKernel(image.kernels[0]), Pair(image)
        kernel.start(pair.arguments(ADD, 1)).wait()
        pair.check(1)
        if os.fork() == 0:
            assert code_of(lambda: kernel.start(pair.arguments())) == "forked"
            os._exit(0)
        assert os.wait()[1] == 0
        {left}
        """,
        limit=20,
        status=status,
    )


@pytest.mark.parametrize("kind", KINDS[:1])
def test_a_forked_child_starts_its_own(image, kernel):
    pair = Pair(image)
    works(kernel, pair)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            works(kernel, pair)
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    works(kernel, pair)
