"""Parameters on a device with a memory of its own: never stale, there once, and freed with the last that uses them."""

from __future__ import annotations

import functools
import gc
import mmap
import os
import signal

import numpy as np
import pytest
import torch

import torch_fpga
from tests.caches import cache
from tests.kernels import trace
from tests.runtime.probe import device, emulator, status_of
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.errors import ToolError
from torch_fpga.runtime import residency
from torch_fpga.runtime.build import Built, build
from torch_fpga.runtime.launch import Launch, Loaded
from torch_fpga.runtime.xrt.emulator import memory
from torch_fpga.targets.kernel import kernel_options

ROWS, COLUMNS = 8192, 64
SIZE = 4 * ROWS * COLUMNS  # 2 MiB, so that it is sharded over channels


def search(rows: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return (rows @ x).topk(4).values


@functools.cache
def built(name: str = "search", transposed: bool = False) -> Built:
    shape = (COLUMNS, ROWS) if transposed else (ROWS, COLUMNS)
    rows = torch.zeros(shape).t() if transposed else torch.zeros(shape)
    lowered = lower(trace(search, rows, torch.zeros(COLUMNS)), name, Dump(), kernel_options("u55c"))
    return build(lowered.name, lowered.source, lowered.signature, cache()).result()


def launch(kind: str = "sw_emu", checked: bool = True, kernel: Built | None = None) -> Launch:
    emulator()  # or skip
    loaded = Loaded(device(kind), [kernel or built()])
    return Launch(loaded.kernels[0], (0,), checked, loaded)


def equal(run: Launch, rows: torch.Tensor) -> int:
    """Asserts that ``run`` gives eager's answer; returns how many bytes of ``rows`` it sent."""
    x = torch.randn(COLUMNS)
    before = run.count.sent_bytes
    torch.testing.assert_close(run(rows, x)[0], search(rows, x), rtol=1e-4, atol=1e-4)
    return run.count.sent_bytes - before - x.nbytes


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(ROWS, COLUMNS), requires_grad=False)


def optimiser(kind: type[torch.optim.Optimizer], fused: bool):  # type: ignore[no-untyped-def]
    def step(p: torch.Tensor) -> None:
        p.requires_grad_(True).grad = torch.randn_like(p)
        kind([p], lr=0.5, fused=fused).step()  # type: ignore[call-arg]
        p.requires_grad_(False)

    return step


def replaced(p: torch.Tensor) -> None:
    p.data = p.data * 1.1


def resized(p: torch.Tensor) -> None:
    """The memory is given up and taken again; often it comes back at its address."""
    values = torch.randn(ROWS, COLUMNS)
    p.data.untyped_storage().resize_(0)
    p.data.untyped_storage().resize_(SIZE)
    p.data.copy_(values)


def row_through_numpy(p: torch.Tensor) -> None:
    p.numpy()[7] += 1


def one_bit(p: torch.Tensor) -> None:
    """The sign of one element in the midst."""
    p.numpy().view(np.int32)[ROWS // 2, 3] ^= -(1 << 31)
    p.numpy()[ROWS // 2] *= 100


WRITES = {
    "in place": lambda p: p.mul_(1.5),
    "view": lambda p: p[3:5].add_(1),
    "flat view": lambda p: p.view(-1)[:64].neg_(),
    "copy_": lambda p: p.copy_(torch.randn_like(p)),
    "load_state_dict": lambda p: _module(p).load_state_dict({"p": torch.randn_like(p)}),
    "fused Adam": optimiser(torch.optim.Adam, True),
    "fused AdamW": optimiser(torch.optim.AdamW, True),
    "fused SGD": optimiser(torch.optim.SGD, True),
    "fused Adagrad": optimiser(torch.optim.Adagrad, True),
    "SGD": optimiser(torch.optim.SGD, False),
    "data.clamp_": lambda p: p.data.clamp_(-0.5, 0.5),
    "data.lerp_": lambda p: p.data.lerp_(torch.randn_like(p), 0.5),
    "data =": replaced,
    "data = twice": lambda p: (replaced(p), replaced(p)),
    "storage copy_": lambda p: p.untyped_storage().copy_(torch.randn_like(p).untyped_storage()),
    "storage resize_": resized,
    "storage fill_": lambda p: p.untyped_storage().fill_(0),
    "set_": lambda p: p.set_(torch.randn_like(p)),
    "dlpack": lambda p: torch.from_dlpack(torch.utils.dlpack.to_dlpack(p.detach())).mul_(2),
    "numpy": lambda p: np.multiply(p.numpy(), 3, out=p.numpy()),
    "a row through numpy": row_through_numpy,
    "one bit": one_bit,
    "signs of all": lambda p: p.data.neg_(),
    "rows swapped": lambda p: p.data.copy_(p.data.flip(1)),
    "swap_tensors": lambda p: torch.utils.swap_tensors(p, parameter()),
    "detached": lambda p: p.detach().zero_(),
}


def _module(p: torch.Tensor) -> torch.nn.Module:
    module = torch.nn.Module()
    module.register_parameter("p", p)
    return module


@pytest.fixture(scope="module")
def run() -> Launch:
    return launch()


@pytest.mark.parametrize("write", WRITES)
def test_a_written_parameter_is_sent_again(run, write):
    p = parameter()
    with torch.no_grad():
        assert equal(run, p) == SIZE
        assert equal(run, p) == 0
        for _ in range(3):
            WRITES[write](p)
            equal(run, p)
        assert equal(run, p) == 0


@pytest.mark.parametrize("write", ["data.clamp_", "data =", "fused Adam", "swap_tensors"])
def test_on_a_card_whose_memory_is_its_own(write):
    private, p = launch("sw_emu private"), parameter()
    with torch.no_grad():
        equal(private, p)
        for _ in range(3):
            WRITES[write](p)
            equal(private, p)
        assert equal(private, p) == 0


def test_an_address_that_comes_back_is_another_tensor(run):
    """Freed and made again, at one address and with one count of changes."""
    addresses = set()
    for _ in range(20):
        p = parameter()
        addresses.add(p.data_ptr())
        equal(run, p)
        del p
    assert len(addresses) < 20, "the allocator gave no address twice, so nothing was tested"


def test_memory_that_others_write(run, tmp_path):
    array = np.random.default_rng(0).standard_normal((ROWS, COLUMNS)).astype(np.float32)
    p = torch.from_numpy(array)
    equal(run, p)
    array[5] = 9
    assert equal(run, p) == SIZE
    shared = parameter().share_memory_()
    equal(run, shared)
    worker = torch.multiprocessing.get_context("fork").Process(target=_write, args=(shared,))
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    assert equal(run, shared) == SIZE
    file = tmp_path / "rows"
    file.write_bytes(array.tobytes())
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
        p = torch.from_file(str(file), shared=True, size=ROWS * COLUMNS).view(ROWS, COLUMNS)
        equal(run, p)
        mapped[: 4 * COLUMNS] = np.full(COLUMNS, 7, np.float32).tobytes()
        assert equal(run, p) == SIZE


def _write(p: torch.Tensor) -> None:
    p.data[3] = 11


def test_a_tensor_of_inference_mode(run):
    with torch.inference_mode():
        p = torch.randn(ROWS, COLUMNS)
        assert [equal(run, p) for _ in range(2)] == [SIZE, 0]
        p[3] = 5
        assert [equal(run, p) for _ in range(2)] == [SIZE, 0]


def test_a_parameter_that_is_not_contiguous():
    run = launch(kernel=built("columns", transposed=True))
    p = torch.nn.Parameter(torch.randn(COLUMNS, ROWS).t(), requires_grad=False)
    assert [equal(run, p) for _ in range(2)] == [SIZE, 0]
    p.data[:, 3] += 1
    assert [equal(run, p) for _ in range(2)] == [SIZE, 0]


def test_a_parameter_that_lies_otherwise_than_the_kernel_was_built_for(run):
    p = torch.randn(COLUMNS, ROWS).t()
    assert [equal(run, p) for _ in range(2)] == [SIZE, 0]
    p.data[:, 3] += 1
    assert [equal(run, p) for _ in range(2)] == [SIZE, 0]


def test_a_count_that_was_raised_for_nothing_sends_nothing(run):
    p = parameter()
    equal(run, p)
    p.add_(0)
    assert equal(run, p) == 0


def test_a_trusted_parameter_is_sent_when_pytorch_tells_of_a_change():
    run, p = launch(checked=False), parameter()
    with torch.no_grad():
        assert [equal(run, p) for _ in range(2)] == [SIZE, 0]
        for write in ("in place", "view", "copy_", "fused Adam", "fused SGD", "data =", "set_", "swap_tensors"):
            WRITES[write](p)
            assert [equal(run, p) for _ in range(2)] == [SIZE, 0], write
        p.numpy()[:] = 0
        torch_fpga.refresh(_module(p))
        assert [equal(run, p) for _ in range(2)] == [SIZE, 0]
        p.numpy()[:] = 1
        torch_fpga.refresh(p)
        assert [equal(run, p) for _ in range(2)] == [SIZE, 0]
        torch_fpga.refresh()
        assert [equal(run, p) for _ in range(2)] == [SIZE, 0]
        torch_fpga.refresh(torch.nn.Linear(3, 3))
        assert equal(run, p) == 0
    with torch.inference_mode():
        p = torch.randn(ROWS, COLUMNS)
        assert [equal(run, p) for _ in range(2)] == [SIZE, SIZE], "PyTorch does not count its changes"


def test_a_launch_on_old_contents_is_not_an_error():
    """Started before the contents were looked at, it may fail on what they were."""

    def pick(table, places):
        return table[places] * 2

    table, places = torch.randn(16, 8), torch.tensor([1, 2])
    lowered = lower(trace(pick, table, places), "picked", Dump(), kernel_options("u55c"))
    kernel = build(lowered.name, lowered.source, lowered.signature, cache()).result()
    emulator()
    loaded = Loaded(device("sw_emu"), [kernel])
    run = Launch(loaded.kernels[0], (0, 1), True, loaded)
    torch.testing.assert_close(run(table, places)[0], pick(table, places))
    places.numpy()[:] = 99
    with pytest.raises(IndexError):
        run(table, places)
    places.numpy()[:] = 3
    torch.testing.assert_close(run(table, places)[0], pick(table, places))


@pytest.mark.parametrize("kind", ["sw_emu", "sw_emu private"])
def test_kernels_of_several_images_share_a_copy(kind):
    gc.collect()
    p = parameter()
    taken = [memory.taken]
    runs = []
    for name in ("one", "two", "three"):
        runs.append(launch(kind, kernel=built(name)))
        assert equal(runs[-1], p) == (SIZE if name == "one" else 0)
        taken.append(memory.taken)
    first, *others = np.diff(taken)
    assert first > SIZE
    assert all(other < SIZE / 4 for other in others), taken
    # What one of them sends, all have.
    p.numpy()[:] += 1
    assert [equal(run, p) for run in runs] == [SIZE, 0, 0]
    # It stays with those that are left, also when the first is gone.
    del runs[0]
    assert [equal(run, p) for run in runs] == [0, 0]
    p.numpy()[:] += 1
    assert [equal(run, p) for run in runs] == [SIZE, 0]


def test_a_copy_on_a_card_that_is_gone_is_not_shared():
    p, gone, left = parameter(), launch(kernel=built("one")), launch(kernel=built("two"))
    equal(gone, p)
    os.kill(status_of(gone._loaded.kernels[0].image).device, signal.SIGKILL)
    with pytest.raises(ToolError):
        equal(gone, p)
    assert equal(left, p) == SIZE
    assert equal(gone, p) == 0, "it is loaded anew"


def test_a_copy_goes_with_its_last_kernel():
    """By reference counts alone: nobody waits for a garbage collection."""
    gc.collect()
    gc.disable()
    try:
        before, residents = memory.taken, len(residency._residents)
        p, runs = parameter(), [launch(kernel=built(name)) for name in ("one", "two")]
        for run in runs:
            equal(run, p)
        assert memory.taken - before > SIZE
        del run, runs[0]
        assert memory.taken - before > SIZE
        equal(runs[0], p)
        runs.clear()
        assert memory.taken == before
        assert len(residency._residents) == residents
    finally:
        gc.enable()


def test_a_tensor_that_is_replaced_makes_room_first(monkeypatch):
    """A card that holds the tensor once, but not twice."""
    gc.collect()
    run, p = launch(), parameter()
    equal(run, p)
    monkeypatch.setattr(memory, "capacity", memory.taken + SIZE // 2)
    for _ in range(3):
        replaced(p)
        assert equal(run, p) == SIZE
    other = launch(kernel=built("one"))
    with pytest.raises(ToolError) as error:
        equal(other, parameter())
    assert error.value.code == "out-of-memory"
    equal(run, p)
