"""The cache on disk: read-only, full, damaged, and two processes at once."""

from __future__ import annotations

import errno
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from torch_fpga.errors import ToolError
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.toolchain import run_compiler, toolchain


def _make(text: str):
    def make(folder: Path) -> None:
        (folder / "kernel.so").write_text(text)

    return make


def test_made_once(tmp_path):
    cache = Cache(str(tmp_path))
    folder, hit = cache.entry("a", _make("first"))
    again, hit_again = cache.entry("a", _make("second"))
    assert (folder, hit, hit_again) == (again, False, True)
    assert (folder / "kernel.so").read_text() == "first"


def test_damaged_entry_is_made_again(tmp_path):
    cache = Cache(str(tmp_path))
    folder, _ = cache.entry("a", _make("first"))
    (folder / "kernel.so").write_text("fir")
    folder, hit = cache.entry("a", _make("second"))
    assert not hit
    assert (folder / "kernel.so").read_text() == "second"


def test_a_failed_build_leaves_nothing(tmp_path):
    cache = Cache(str(tmp_path))

    def fail(folder: Path) -> None:
        (folder / "kernel.so").write_text("half")
        raise ToolError("no")

    with pytest.raises(ToolError):
        cache.entry("a", fail)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    assert cache.entry("a", _make("whole"))[1] is False


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    cache = Cache(str(tmp_path / "file" / "cache"))
    assert "cannot be used" in cache.note
    assert (cache.entry("a", _make("x"))[0] / "kernel.so").read_text() == "x"


def test_disk_full_goes_on_elsewhere(tmp_path):
    cache = Cache(str(tmp_path))

    def full(folder: Path) -> None:
        if folder.is_relative_to(tmp_path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        (folder / "kernel.so").write_text("x")

    folder, _ = cache.entry("a", full)
    assert not folder.is_relative_to(tmp_path)
    assert "No space left" in cache.note


def test_a_compiler_on_a_full_disk_goes_on_elsewhere(tmp_path):
    """The compiler's own words: what it writes goes to a device that is always full."""
    cache, chain = Cache(str(tmp_path)), toolchain()

    def build(folder: Path) -> None:
        (folder / "kernel.cpp").write_text("int kernel() { return 1; }")
        library = "/dev/full" if folder.is_relative_to(tmp_path) else "kernel.so"
        run_compiler([chain.compiler, "-S", "kernel.cpp", "-o", library], folder)

    folder, hit = cache.entry("a", build)
    assert not hit
    assert not folder.is_relative_to(tmp_path)
    assert "No space left" in cache.note


def test_full_everywhere_is_said(tmp_path):
    def full(folder: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ToolError, match="no room"):
        Cache(str(tmp_path)).entry("a", full)


def _slow_entry(root: str, results) -> None:
    def make(folder: Path) -> None:
        time.sleep(0.5)
        (folder / "kernel.so").write_text(str(os.getpid()))

    folder, hit = Cache(root).entry("a", make)
    results.put(((folder / "kernel.so").read_text(), hit))


def test_two_processes_build_one_entry_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=_slow_entry, args=(str(tmp_path), results)) for _ in range(2)]
    for process in processes:
        process.start()
    (a, hit_a), (b, hit_b) = results.get(timeout=60), results.get(timeout=60)
    for process in processes:
        process.join()
    assert a == b
    assert sorted([hit_a, hit_b]) == [False, True]


def test_keys_tell_their_parts_apart():
    assert key_of("ab", "c") != key_of("a", "bc")
