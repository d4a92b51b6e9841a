"""The report of a process while several threads compile, launch and explain."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import torch_fpga
from torch_fpga.compiler import record
from torch_fpga.options import Options
from torch_fpga.report import GraphReport
from torch_fpga.runtime.emulation import Emulation

THREADS = 6


def _at_once(work: Callable[[int], object]) -> None:
    """Calls ``work`` with a number in every thread, started together."""
    ready = threading.Barrier(THREADS)

    def run(number: int) -> None:
        ready.wait()
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))


def _names() -> list[str]:
    report = torch_fpga.last_report()
    return [graph.name for graph in report.graphs] if report else []


def _start(name: str) -> None:
    record.start(Options(), Emulation("test"), GraphReport(name))


def test_threads_that_start_graphs_at_once_lose_none():
    _at_once(lambda number: [(_start(f"graph{number}_{i}"), _names()) for i in range(50)])
    assert sorted(_names()) == sorted(f"graph{number}_{i}" for number in range(THREADS) for i in range(50))


@pytest.mark.usefixtures("no_builds")
def test_threads_that_compile_at_once():
    def work(number: int) -> None:
        x = torch.randn(3, 4 + number)
        run = torch.compile(
            lambda x: x.cumsum(-1) + number, backend="fpga", options={"device": "emulation"}, dynamic=False
        )
        torch.testing.assert_close(run(x), x.cumsum(-1) + number)

    torch._dynamo.lookup_backend("fpga")  # PyTorch registers it when it is first asked for, and trips over two threads
    _at_once(work)
    assert len(set(_names())) == THREADS


def test_explain_in_one_thread_does_not_see_what_another_compiles():
    inside, done = threading.Event(), threading.Event()

    def apart() -> list[str]:
        with record.apart() as mine:
            _start("explained")
            inside.set()
            assert done.wait(10)
            report = mine.current()
            assert report is not None
            return [graph.name for graph in report.graphs]

    with ThreadPoolExecutor(1) as pool:
        explained = pool.submit(apart)
        assert inside.wait(10)
        _start("compiled")
        assert _names() == ["compiled"]
        done.set()
        assert explained.result() == ["explained"]
    assert _names() == ["compiled"]
