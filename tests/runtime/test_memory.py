"""Memory on XRT's software emulation: too much of it, more than the machine has, more than 4 GiB."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.runtime.probe import (
    ADD,
    Pair,
    emulator,
    probe,
    status_of,
    works,
)
from torch_fpga.errors import ToolError
from torch_fpga.runtime.xrt import buffer as buffer_module


def test_out_of_memory(image):
    for size in (17 << 30, 1 << 50):
        with pytest.raises(ToolError) as error:
            image.buffer(size)
        assert error.value.code == "out-of-memory"
    many = [image.buffer(3 << 30, number) for number in range(5)]
    with pytest.raises(ToolError) as error:
        image.buffer(3 << 30, 5)
    assert error.value.code == "out-of-memory"
    works(image)
    many.pop().free()
    image.buffer(3 << 30).free()
    works(image)


def test_memory_that_the_machine_does_not_have(image):
    """The device process cannot make the buffer's file; XRT has no way to say so."""
    import resource

    pair = Pair(image)
    resource.prlimit(status_of(image).device, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    for _ in range(3):
        with pytest.raises(ToolError) as error:
            image.buffer(2 << 20)
        assert error.value.code == "out-of-memory"
    image.kernels[0].start(pair.arguments(ADD, 1)).wait()
    pair.check(1)


def test_a_sync_in_chunks(image, monkeypatch):
    monkeypatch.setattr(buffer_module, "_SYNC_CHUNK", 4096)
    buffer = image.buffer(100_001)
    buffer.host[:] = data = np.random.default_rng(0).integers(0, 256, 100_001, np.uint8)
    buffer.to_device(4095, 50_000)
    buffer.to_host(1, 100_000)
    np.testing.assert_array_equal(buffer.host, data)


@pytest.mark.slow
def test_a_buffer_of_more_than_4_gib(image):
    """Needs 5 GiB, and many seconds."""
    size = (4 << 30) + 12345
    buffer = image.buffer(size)
    marks = [0, (1 << 30) - 1, 1 << 30, (1 << 32) - 1, 1 << 32, size - 1]
    for number, at in enumerate(marks):
        buffer.host[at] = number + 1
    start = time.monotonic()
    buffer.to_device()
    buffer.to_host()
    assert time.monotonic() - start < 20
    assert buffer.host[marks].tolist() == [1, 2, 3, 4, 5, 6]
    buffer.to_device(1 << 32, 100)


@pytest.mark.slow
def test_a_private_buffer_of_more_than_4_gib():
    """Needs 9 GiB: every byte is copied."""
    image = emulator(private_memory=True).load([probe()])
    size = (4 << 30) + 12345
    buffer = image.buffer(size)
    buffer.host[:: 1 << 20] = 7
    buffer.host[-1] = 9
    buffer.to_device()
    buffer.host[:] = 0
    buffer.to_host()
    assert (buffer.host[:: 1 << 20] == 7).all()
    assert buffer.host[-1] == 9
    image.close()
