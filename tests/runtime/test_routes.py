"""How tensors reach a buffer: by what the machine can do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from torch_fpga.runtime import routes, staging
from torch_fpga.runtime.device import Buffer
from torch_fpga.runtime.emulation import EmulatedImage, HostBuffer
from torch_fpga.runtime.routes import HostRoute, P2pRoute, PinnedRoute, Routes
from torch_fpga.runtime.signature import Layout, Port, Signature
from torch_fpga.runtime.staging import Staged

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_the_route_follows_the_tensor_and_the_card():
    assert isinstance(Routes(p2p=True).of(CPU), HostRoute)
    assert isinstance(Routes(p2p=False).of(GPU), PinnedRoute)
    assert isinstance(Routes(p2p=True).of(GPU), P2pRoute)


class _Image(EmulatedImage):
    """The in-process image, counting what is asked of its buffers."""

    in_place = False

    def __init__(self, p2p: bool) -> None:
        self.p2p, self.kernels, self.buffers = p2p, [], []

    def buffer(self, size: int, bank: int = 0, p2p: bool = False) -> Buffer:
        made = _Buffer(size, bank)
        made.p2p = p2p
        self.buffers.append(made)
        return made


class _Buffer(HostBuffer):
    p2p = False
    syncs = 0

    def to_device(self, offset: int = 0, size: int | None = None) -> None:
        self.syncs += 1

    def to_host(self, offset: int = 0, size: int | None = None) -> None:
        self.syncs += 1


class _Twice:
    """A kernel that doubles its input; it stands where a device's would."""

    name = "twice"
    signature = Signature(
        (
            Port("x", "in", 0, 12, torch.float32, "gmem0"),
            Port("s", "scratch", 0, 4, torch.float32, "gmem1"),
            Port("y", "out", 0, 12, torch.float32, "gmem2"),
        ),
        (),
        (Layout((3, 4), (1, 3), torch.float32),),
        (Layout((3, 4), (4, 1), torch.float32),),
    )

    def __init__(self, image: _Image) -> None:
        self.image = image

    def bank(self, argument: int) -> int:
        return argument

    def start(self, arguments):
        source, _, target = arguments
        # The input lies column by column.
        x = source.host[:48].view(np.float32).reshape(4, 3).T
        target.host[:48].view(np.float32)[:] = 2 * x.reshape(-1)
        return self

    def wait(self, timeout=None):
        pass


def _staged(p2p: bool, monkeypatch) -> tuple[Staged, _Image]:
    monkeypatch.setattr(staging, "p2p_works", lambda buffer: buffer.p2p)
    image = _Image(p2p)
    return Staged(_Twice(image), ()), image


@pytest.mark.parametrize("p2p", [False, True])
def test_a_tensor_on_the_host_goes_through_its_memory(p2p, monkeypatch):
    staged, image = _staged(p2p, monkeypatch)
    x = torch.arange(12.0).reshape(3, 4)
    assert torch.equal(staged.run((x,))[0], 2 * x)
    assert staged.route == "through the host's memory"
    assert [buffer.syncs for buffer in image.buffers] == [1, 0, 1]


def test_a_gpu_writes_into_the_card_without_a_sync(monkeypatch):
    """Any tensor stands in for one of a GPU; what is checked is that the windows alone carry the data."""
    staged, image = _staged(True, monkeypatch)
    monkeypatch.setattr(Routes, "of", lambda self, device: self._gpu)
    x = torch.arange(12.0).reshape(3, 4)
    assert torch.equal(staged.run((x,))[0], 2 * x)
    assert staged.route == "between GPU and card directly (P2P)"
    assert [buffer.syncs for buffer in image.buffers] == [0, 0, 0]
    assert [buffer.p2p for buffer in image.buffers] == [True, False, True], "scratch is the kernel's own"


def test_where_the_gpu_cannot_reach_the_card_its_data_is_pinned(monkeypatch):
    monkeypatch.setattr(staging, "p2p_works", lambda buffer: False)
    staged = Staged(_Twice(_Image(p2p=True)), ())
    assert isinstance(staged.routes.of(GPU), PinnedRoute)


def test_without_a_gpu_there_is_no_peer(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert not routes.p2p_works(HostBuffer(16, 0))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_tensor_on_a_gpu_through_pinned_memory(monkeypatch):
    staged, _ = _staged(False, monkeypatch)
    x = torch.arange(12.0, device="cuda").reshape(3, 4)
    (result,) = staged.run((x,))
    assert result.device.type == "cuda"
    assert torch.equal(result, 2 * x)
    assert staged.route == "from the GPU through pinned host memory"
