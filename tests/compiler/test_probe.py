"""Inductor's question to the CPU: asked early, once, in a thread that everybody waits for and nothing trips over."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import torch
from torch._inductor import codecache, cpu_vec_isa

from torch_fpga.compiler import probe

LOOK_AFTER_HEADER = probe._look_after_header


@pytest.fixture(autouse=True)
def header(monkeypatch):
    """How often the header was looked after, and by which threads."""
    threads: list[str] = []
    monkeypatch.setattr(probe, "_look_after_header", lambda: threads.append(threading.current_thread().name))
    with torch._inductor.config.patch({"cpp.vec_isa_ok": None}):  # for other tests it is answered (conftest.py)
        yield threads


@pytest.fixture
def asked(monkeypatch):
    """The threads that asked, by name; the answer comes when ``release`` is set."""

    def ask():
        threads.append(threading.current_thread().name)
        assert release.wait(60)
        return ["isa"]

    threads, release = [], threading.Event()
    monkeypatch.setattr(cpu_vec_isa, "valid_vec_isa_list", ask)
    monkeypatch.setattr(probe, "_asking", [])
    yield threads, release
    release.set()


@pytest.fixture
def folder(tmp_path):
    """An empty cache."""
    return str(tmp_path / "cache")


def test_asked_once_in_a_thread(asked, folder):
    threads, release = asked
    release.set()
    for _ in range(2):
        probe.ask_early([3, torch.ones(2)], folder)
    probe._asking[0].join()
    assert threads == ["torch_fpga-probe"]


def test_a_gpu_needs_no_answer(asked, folder):
    threads, _ = asked
    probe.ask_early([3, torch.ones(2, device="meta")], folder)
    assert threads == []


def test_inductor_waits_for_the_answer(asked, folder):
    threads, release = asked
    probe.ask_early([torch.ones(2)], folder)
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
def test_a_failure_is_inductors_to_tell(monkeypatch, folder):
    def fail():
        raise RuntimeError("no compiler")

    monkeypatch.setattr(cpu_vec_isa, "valid_vec_isa_list", fail)
    monkeypatch.setattr(probe, "_asking", [])
    probe.ask_early([torch.ones(2)], folder)
    with pytest.raises(RuntimeError, match="no compiler"):
        cpu_vec_isa.valid_vec_isa_list()


@pytest.mark.parametrize(("answer", "kept"), [("all", True), ("some", False), ("none", False)])
def test_the_next_process_asks_nobody(monkeypatch, folder, answer, kept):
    every = [cpu_vec_isa.VecAVX512(), cpu_vec_isa.VecAVX2()]
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(cpu_vec_isa, "x86_isa_checker", lambda: ["avx512", "avx2"])
    monkeypatch.setattr(cpu_vec_isa, "supported_vec_isa_list", every)
    given = {"all": every, "some": every[1:], "none": []}[answer]
    for asked in (True, not kept):
        monkeypatch.setattr(probe, "_asking", [])
        monkeypatch.setattr(cpu_vec_isa, "valid_vec_isa_list", lambda: given)
        probe.ask_early([torch.ones(2)], folder)
        assert (probe._asking[0] is not None) == asked
        assert cpu_vec_isa.valid_vec_isa_list() == given


def test_an_answer_that_cannot_be_read_is_asked_for_again(monkeypatch, folder):
    every = [cpu_vec_isa.VecAVX2()]
    monkeypatch.setattr(cpu_vec_isa, "x86_isa_checker", lambda: ["avx2"])
    monkeypatch.setattr(cpu_vec_isa, "supported_vec_isa_list", every)
    monkeypatch.setattr(probe, "_read", lambda _: 1 / 0)
    for _ in range(2):
        monkeypatch.setattr(probe, "_asking", [])
        monkeypatch.setattr(cpu_vec_isa, "valid_vec_isa_list", lambda: every)
        probe.ask_early([torch.ones(2)], folder)
        assert cpu_vec_isa.valid_vec_isa_list() == every
        assert probe._asking[0] is not None


@pytest.mark.parametrize("known", [False, True])
def test_the_header_is_looked_after_once_the_answer_is_there(monkeypatch, folder, header, known):
    every = [cpu_vec_isa.VecAVX2()]
    monkeypatch.setattr(cpu_vec_isa, "x86_isa_checker", lambda: ["avx2"])
    monkeypatch.setattr(cpu_vec_isa, "supported_vec_isa_list", every)
    for _ in range(1 + known):
        header.clear()
        monkeypatch.setattr(probe, "_asking", [])
        monkeypatch.setattr(cpu_vec_isa, "valid_vec_isa_list", lambda: every)
        probe.ask_early([torch.ones(2)], folder)
        while ours := [t for t in threading.enumerate() if t.name in ("torch_fpga-probe", "torch_fpga-header")]:
            ours[0].join()
        assert header == ["torch_fpga-header"]


def test_looking_after_the_header_saves_inductor_from_it(monkeypatch):
    looked: list[str] = []
    monkeypatch.setattr(codecache.CppPythonBindingsCodeCache, "cache", {})
    monkeypatch.setattr(codecache, "_precompile_header", lambda header, *_, **__: looked.append(header))
    LOOK_AFTER_HEADER()
    assert looked == ["torch/csrc/inductor/cpp_prefix.h"]


@pytest.fixture
def tiles(monkeypatch):
    """Of a CPU that has nothing but tiles, with products of halves and of bfloat16."""
    tiles = cpu_vec_isa.VecAMX()
    tiles._is_amx_fp16_supported = tiles._is_avx512_bf16_supported = True
    monkeypatch.setattr(cpu_vec_isa, "x86_isa_checker", lambda: str(tiles).split())
    monkeypatch.setattr(cpu_vec_isa, "supported_vec_isa_list", [tiles])
    for part in probe._parts(tiles):
        monkeypatch.setattr(torch.cpu, part, lambda: True)
    return tiles


@pytest.mark.parametrize("allowed", [True, False])
def test_tiles_are_switched_on_for_this_process(monkeypatch, tmp_path, tiles, allowed):
    switched = []
    monkeypatch.setattr(torch.cpu, "_init_amx", lambda: switched.append(True) or allowed)
    probe._write(tmp_path, [tiles])
    flags = tiles.build_arch_flags()
    tiles._is_amx_fp16_supported = tiles._is_avx512_bf16_supported = False
    if allowed:
        assert probe._read(tmp_path / "vector_instructions.json") == [tiles]
        assert tiles.build_arch_flags() == flags
    else:
        with pytest.raises(OSError, match="tiles"):
            probe._read(tmp_path / "vector_instructions.json")
    assert switched == [True]


@pytest.mark.parametrize("missing", [None, "_is_amx_fp16_supported", "_is_avx512_bf16_supported"])
def test_an_answer_is_kept_if_all_that_the_cpu_has_was_found(tiles, missing):
    if missing:
        setattr(tiles, missing, False)
    assert probe._all_there_is([tiles]) == (missing is None)


IMPORTS = """
import sys, tempfile, threading
class Watch:
    def find_spec(self, name, *_):
        if threading.current_thread() is not threading.main_thread():
            seen.append(name)
seen = []
sys.meta_path.insert(0, Watch())
import torch
from torch_fpga.compiler import probe
with tempfile.TemporaryDirectory() as folder:
    probe.ask_early([torch.ones(2)], folder)
    probe._asking[0].join()
print(*(name for name in seen if name.startswith("torch._")))
"""


def test_the_thread_imports_nothing_of_pytorchs_compilers():
    run = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"torch._appdirs"}
