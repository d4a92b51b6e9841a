"""Kernels that crash, hang or throw on XRT's software emulation: an FpgaError each, and the card goes on."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.runtime.probe import (
    ABORT,
    BYTES,
    DIVIDE,
    DOUBLE,
    EXIT,
    FAR_OUT,
    FOREVER,
    JUST_PAST,
    SLEEP,
    Pair,
    emulator,
    probe,
    status_of,
    works,
)
from torch_fpga.errors import FpgaError, InternalError, ToolError
from torch_fpga.runtime.xrt import emulator as emulator_module


def _code_of(run, limit: float = 2.0) -> str:
    start = time.monotonic()
    with pytest.raises(FpgaError) as error:
        run.wait()
    assert time.monotonic() - start < limit
    return error.value.code


CRASHES = [
    pytest.param(JUST_PAST, BYTES, "SIGSEGV", id="just-past"),
    pytest.param(FAR_OUT, 1 << 33, "SIGSEGV", id="far-out"),
    pytest.param(FAR_OUT, -(1 << 33), "SIGSEGV", id="far-before"),
    pytest.param(DIVIDE, 0, "SIGFPE", id="divide"),
    pytest.param(ABORT, 0, "SIGABRT", id="abort"),
    pytest.param(EXIT, 3, "exited with status 3", id="exit"),
    pytest.param(EXIT, 0, "exited with status 0", id="exit-0"),
]


@pytest.mark.parametrize(("what", "value", "said"), CRASHES)
def test_a_crash_is_an_error_and_the_unit_goes_on(image, what, value, said):
    pair = Pair(image)
    run = image.kernels[0].start(pair.arguments(what, value))
    with pytest.raises(InternalError, match=said) as error:
        run.wait()
    assert error.value.code == "kernel-crashed"
    works(image, 0)
    works(image, 1)


def test_an_endless_kernel_is_ended(image):
    run = image.kernels[0].start(Pair(image).arguments(FOREVER))
    start = time.monotonic()
    with pytest.raises(ToolError, match="no end after 1000 ms") as error:
        run.wait()
    assert error.value.code == "timeout"
    assert 0.9 < time.monotonic() - start < 4
    works(image)


def test_a_crash_ends_no_other_unit(image):
    bad = image.kernels[0].start(Pair(image).arguments(EXIT))
    for _ in range(20):
        works(image, 1)
    assert _code_of(bad) == "kernel-crashed"


def test_an_endless_kernel_blocks_no_other_unit():
    image = emulator(timeout=60).load([probe(), probe()])
    bad = image.kernels[0].start(Pair(image).arguments(FOREVER))
    for _ in range(20):
        works(image, 1)
    with pytest.raises(ToolError, match="not ended"):
        bad.wait(0)
    image.close()


def test_a_launch_after_a_failed_one_in_the_queue(image):
    pair = Pair(image, 1)
    runs = [image.kernels[0].start(pair.arguments(what)) for what in (DOUBLE, EXIT, DOUBLE, ABORT, FOREVER, DOUBLE)]
    outcomes = []
    for run in runs:
        try:
            run.wait()
            outcomes.append("")
        except FpgaError as error:
            outcomes.append(error.code)
    assert outcomes == ["", "kernel-crashed", "", "kernel-crashed", "timeout", ""]
    pair.check()


def test_a_killed_worker_is_replaced(image):
    works(image)
    first = status_of(image).worker(0)
    os.kill(first, signal.SIGKILL)
    time.sleep(0.05)
    works(image)  # killed while idle: nothing was lost
    run = image.kernels[0].start(Pair(image).arguments(SLEEP, 10_000))
    time.sleep(0.05)
    os.kill(status_of(image).worker(0), signal.SIGKILL)
    with pytest.raises(InternalError, match="ended by signal 9"):
        run.wait()
    works(image)
    assert status_of(image).worker(0) != first


def test_a_kernel_that_cannot_be_loaded(tmp_path):
    import dataclasses

    damaged = tmp_path / "kernel.so"
    damaged.write_bytes(probe().library.read_bytes()[:5000])
    free = len(emulator_module._free_cards)
    with pytest.raises(ToolError, match="probe"):
        emulator().load([dataclasses.replace(probe(), library=damaged)])
    assert len(emulator_module._free_cards) == free
    with pytest.raises(FpgaError):
        emulator().load([dataclasses.replace(probe(), library=tmp_path / "missing.so")])
    assert len(emulator_module._free_cards) == free
