"""The cache on disk: read-only, full, damaged, too large, and two processes at once."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from torch_fpga.errors import ToolError, UserError
from torch_fpga.runtime import cache as cache_module
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.toolchain import run_compiler, toolchain

KEY = key_of("an entry")


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


def _as_link(path: Path) -> None:
    target = path.rename(path.with_name("elsewhere"))
    path.symlink_to(target)


def _as_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _as_folder(path: Path) -> None:
    path.unlink()
    (path / "in").mkdir(parents=True)


DAMAGE = {
    "one bad byte": lambda path: path.write_bytes(b"\xff" + path.read_bytes()[1:]),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe"),
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "gone": lambda path: path.unlink(),
    "unreadable": lambda path: path.chmod(0),
    "a link": _as_link,
    "a link to nothing": lambda path: (path.unlink(), path.symlink_to("nothing")),
    "a FIFO": _as_fifo,
    "a folder": _as_folder,
}


@pytest.mark.parametrize("file", ["sha256", "kernel.so", "common.hpp.gch"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_of_any_kind_heals(tmp_path, file, damage):
    def make(folder: Path) -> None:
        _make("whole")(folder)
        (folder / "common.hpp.gch").write_text("header")

    folder, _ = Cache(str(tmp_path)).entry(KEY, make)
    DAMAGE[damage](folder / file)
    if damage == "unreadable" and os.geteuid() == 0:
        (folder / file).write_text("root reads all")
    for hit in (False, True):
        assert Cache(str(tmp_path)).entry(KEY, make) == (folder, hit)
    assert (folder / "kernel.so").read_text() == "whole"
    assert (folder / "sha256").read_text().isalnum()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("what", ["file", "link", "FIFO", "unreadable folder"])
def test_something_else_than_an_entry_heals(tmp_path, what):
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "kept").write_text("x")
    folder = tmp_path / "cache" / KEY
    folder.parent.mkdir(mode=0o700)
    if what == "file":
        folder.write_text("x")
    elif what == "link":
        folder.symlink_to(target)
    elif what == "FIFO":
        os.mkfifo(folder)
    else:
        folder.mkdir(mode=0)
    for hit in (False, True):
        assert Cache(str(folder.parent)).entry(KEY, _make("x")) == (folder, hit)
    assert (target / "kept").read_text() == "x"


def test_an_entry_in_use_that_was_damaged_heals(tmp_path):
    caches = [Cache(str(tmp_path)) for _ in range(2)]
    for number, cache in enumerate(caches):
        folder, hit = cache.entry(KEY, _make("x"))
        assert hit == (number > 0)
    for cache in caches:
        (folder / "kernel.so").write_text("y")
        assert not cache.entry(KEY, _make("x"))[1]


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


KEYS = [key_of(str(number)) for number in range(4)]


def _fill(root: Path, size: int = 1_000_000) -> None:
    """Four entries of 1 MB, the first one used longest ago, none of them in use."""
    cache = Cache(str(root))
    for number, key in enumerate(KEYS):
        folder, _ = cache.entry(key, _make("x" * size))
        os.utime(folder, (1000 + number, 1000 + number))
    del cache
    gc.collect()


def test_what_was_used_longest_ago_is_evicted(tmp_path, monkeypatch):
    _fill(tmp_path)
    monkeypatch.setenv("TORCH_FPGA_CACHE_LIMIT", "0.0035")
    cache = Cache(str(tmp_path))
    assert cache.entry(KEYS[0], _make("no"))[1]  # which makes it the latest
    cache.entry(KEY, _make("x" * 1_000_000))
    assert [entry.key for entry in cache.entries()] == [KEYS[3], KEYS[0], KEY]
    assert sorted(path.name for path in tmp_path.glob("*.lock")) == sorted(f"{k}.lock" for k in (KEYS[3], KEYS[0], KEY))


def test_each_new_entry_counts(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_CACHE_LIMIT", "0.0025")
    for key in KEYS:
        Cache(str(tmp_path)).entry(key, _make("x" * 1_000_000))
    assert {entry.key for entry in Cache(str(tmp_path)).entries()} == set(KEYS[2:])
    assert sum(entry.bytes for entry in Cache(str(tmp_path)).entries()) <= 2_500_000


def test_what_is_in_use_is_not_evicted(tmp_path):
    _fill(tmp_path)
    user = Cache(str(tmp_path))
    folder, _ = user.entry(KEYS[0], _make("no"))
    assert 1e6 < Cache(str(tmp_path)).trim(0) < 1.1e6
    assert (folder / "kernel.so").exists()
    del user
    gc.collect()
    assert Cache(str(tmp_path)).trim(0) == 0
    assert list(tmp_path.iterdir()) == []


def _hold(root: str, key: str, told) -> None:
    cache = Cache(root)
    told.put(cache.entry(key, _make("no"))[1])
    time.sleep(60)


def test_what_another_process_uses_or_builds_is_not_evicted(tmp_path):
    _fill(tmp_path)
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=_hold, args=(str(tmp_path), KEYS[2], told))
    process.start()
    assert told.get(timeout=60)
    cache = Cache(str(tmp_path))

    def while_it_is_built(folder: Path) -> None:
        cache.trim(0)
        _make("x")(folder)

    cache.entry(KEY, while_it_is_built)
    assert {entry.key for entry in cache.entries()} == {KEYS[2], KEY}
    process.kill()
    process.join()
    cache.trim(0)
    assert {entry.key for entry in cache.entries()} == {KEY}


def test_what_a_killed_process_left_half_made_goes(tmp_path):
    cache = Cache(str(tmp_path))
    (tmp_path / f".{KEYS[0]}-half").mkdir()
    (tmp_path / f".{KEYS[0]}-half" / "kernel.so").write_text("hal")
    (tmp_path / "a user's own file").write_text("")
    cache.entry(KEY, _make("x"))
    assert {path.name for path in tmp_path.iterdir()} - {f"{KEYS[0]}.lock"} == {KEY, f"{KEY}.lock", "a user's own file"}


@pytest.mark.parametrize("limit", ["much", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_of_gigabytes(tmp_path, monkeypatch, limit):
    monkeypatch.setenv("TORCH_FPGA_CACHE_LIMIT", limit)
    with pytest.raises(UserError, match="not a number of GB"):
        Cache(str(tmp_path))


def test_an_entry_exchanged_while_it_is_opened_is_held_all_the_same(tmp_path, monkeypatch):
    Cache(str(tmp_path)).entry(KEY, _make("first"))
    really, others = cache_module._open_folder, []

    def opened_too_early(folder: Path) -> int:
        monkeypatch.setattr(cache_module, "_open_folder", really)
        file = really(folder)
        other = Cache(str(tmp_path))
        other.trim(0)
        other.entry(KEY, _make("second"))
        others.append(file)
        del other
        gc.collect()
        return file

    monkeypatch.setattr(cache_module, "_open_folder", opened_too_early)
    mine = Cache(str(tmp_path))
    folder, _ = mine.entry(KEY, _make("third"))
    assert len(others) == 1
    Cache(str(tmp_path)).trim(0)
    assert (folder / "kernel.so").read_text() == "second"


def _churn(root: str, failures) -> None:
    """Makes, uses and evicts the same few entries without a pause."""
    try:
        for number in range(150):
            cache = Cache(root)
            folder, _ = cache.entry(KEYS[number % 4], _make("x" * 1000))
            if number % 3 == 0:
                cache.trim(0)
            assert (folder / "kernel.so").read_text() == "x" * 1000
        failures.put("")
    except BaseException as error:
        failures.put(repr(error))


def test_processes_that_evict_each_others_entries(tmp_path):
    context = multiprocessing.get_context("spawn")
    failures = context.Queue()
    processes = [context.Process(target=_churn, args=(str(tmp_path), failures)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [failures.get(timeout=120) for _ in processes] == ["", "", ""]
    for process in processes:
        process.join()
