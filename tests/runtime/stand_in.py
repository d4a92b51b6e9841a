"""A card for the host code of ``hw``: an emulated one, opened as a card is. For the scripts of ``probe.script``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from tests.runtime.probe import BYTES, LENGTH, emulator
from torch_fpga.codegen.xclbin import Xclbin
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.launch import Launch, Loaded
from torch_fpga.runtime.xrt import card, home
from torch_fpga.runtime.xrt.emulator import EmulatorWatch
from torch_fpga.runtime.xrt.session import Session
from torch_fpga.runtime.xrt.status import ENVIRONMENT, StatusPage

opened: list[StatusPage] = []
"""Of every time that the card was opened."""

sessions: list[Session] = []


def install() -> None:
    """From here on ``Card`` opens the emulated card 0, whose memory the host does not see."""
    really = card._open

    def opening(file: Path, xclbin: Xclbin) -> tuple[Session, bool]:
        status = StatusPage(20_000, True)
        (folder,) = home._made.values()
        with home.environment(folder, (ENVIRONMENT, status.path)):
            session, p2p = really(file, xclbin)
        session.watch.check = EmulatorWatch(status).check  # type: ignore[method-assign]
        session.watch.polls = True  # XRT's own wait heeds no time-out on an emulated card
        opened.append(status)
        sessions.append(session)
        return session, p2p

    card._open = opening
    card.cards = lambda *_: ["0000:65:00.1"]
    card.emulation = str


def bitstream(name: str, kernels: Sequence[Built]) -> str:
    """An xclbin with these kernels, a compute unit each, and the manifest of its export; its path."""
    emulator().load(kernels).close()
    (folder,) = home._made.values()
    (made,) = folder.glob("*.xclbin")
    Path(name).mkdir()
    shutil.copy(made, f"{name}/model.xclbin")
    listed = {"kernels": [{"name": kernel.name, "identity": kernel.identity} for kernel in kernels]}
    Path(f"{name}/kernels.json").write_text(json.dumps(listed))
    return f"{name}/model.xclbin"


def graph(xclbin: str, kernels: Sequence[Built]) -> list[Launch]:
    """The regions of a compiled graph, each with a parameter as its input."""
    loaded = Loaded(card.Card("test", xclbin, 5.0), kernels)
    return [Launch(kernel, (0,), True, loaded, number) for number, kernel in enumerate(loaded.kernels)]


def parameter(first: int = 0) -> torch.Tensor:
    return torch.arange(first, first + LENGTH, dtype=torch.int32)


def sent(run: Launch, x: torch.Tensor) -> int:
    """Asserts that ``run`` gives ``2 * x``; how often it sent ``x``."""
    before = run.count.sent_bytes
    np.testing.assert_array_equal(run(x)[0].numpy(), 2 * x.numpy())
    return (run.count.sent_bytes - before) // BYTES
