"""Inductor's question to the CPU: asked early, once, in a thread that everybody waits for and nothing trips over."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import torch
from torch._inductor import cpu_vec_isa

from torch_fpga import probe


@pytest.fixture
def asked(monkeypatch):
    """The threads that asked, by name; the answer comes when ``release`` is set."""

    def ask():
        threads.append(threading.current_thread().name)
        assert release.wait(60)
        return ["isa"]

    threads, release = [], threading.Event()
    monkeypatch.setattr(cpu_vec_isa, "valid_vec_isa_list", ask)
    probe._start.cache_clear()
    yield threads, release
    release.set()
    probe._start.cache_clear()


def test_asked_once_in_a_thread(asked):
    threads, release = asked
    release.set()
    for _ in range(2):
        probe.ask_early([3, torch.ones(2)])
    probe._start().join()
    assert threads == ["torch_fpga-probe"]


def test_a_gpu_needs_no_answer(asked):
    threads, _ = asked
    probe.ask_early([3, torch.ones(2, device="meta")])
    assert threads == []


def test_inductor_waits_for_the_answer(asked):
    threads, release = asked
    probe.ask_early([torch.ones(2)])
    answers = []
    inductor = threading.Thread(target=lambda: answers.append(cpu_vec_isa.valid_vec_isa_list()), name="inductor")
    inductor.start()
    inductor.join(0.2)
    assert threads == ["torch_fpga-probe"]  # not asked twice at once
    release.set()
    inductor.join()
    assert answers == [["isa"]]
    assert threads == ["torch_fpga-probe", "inductor"]


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_failure_is_inductors_to_tell(monkeypatch):
    def fail():
        raise RuntimeError("no compiler")

    monkeypatch.setattr(cpu_vec_isa, "valid_vec_isa_list", fail)
    probe._start.cache_clear()
    probe.ask_early([torch.ones(2)])
    with pytest.raises(RuntimeError, match="no compiler"):
        cpu_vec_isa.valid_vec_isa_list()
    probe._start.cache_clear()


IMPORTS = """
import sys, threading
class Watch:
    def find_spec(self, name, *_):
        if threading.current_thread() is not threading.main_thread():
            seen.append(name)
seen = []
sys.meta_path.insert(0, Watch())
import torch
from torch_fpga import probe
probe.ask_early([torch.ones(2)])
probe._start().join()
print(*(name for name in seen if name.startswith("torch._")))
"""


def test_the_thread_imports_nothing_of_pytorchs_compilers():
    run = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"torch._appdirs"}
