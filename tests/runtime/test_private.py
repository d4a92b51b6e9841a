"""Machines are shared: what others may have put into the cache or beside it is not run, opened or waited for."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from torch_fpga.errors import ToolError
from torch_fpga.runtime import private
from torch_fpga.runtime.cache import Cache, key_of

KEY = key_of("an entry")
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")


def _make(folder: Path) -> None:
    (folder / "kernel.so").write_text("code")


def _modes(root: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in (root, *root.rglob("*")) if path.is_dir()}


@pytest.mark.parametrize("umask", [0o022, 0o002, 0])
def test_all_folders_are_their_owners_alone(tmp_path, umask):
    before = os.umask(umask)
    try:
        Cache(str(tmp_path / "a" / "b")).entry(KEY, _make)
    finally:
        os.umask(before)
    assert _modes(tmp_path / "a") == {0o700}


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_cache_that_others_can_write_to_is_refused(tmp_path, mode):
    folder = tmp_path / "a cache"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(ToolError, match=f"chmod -R go-w '{folder}'"):
        Cache(str(folder))
    subprocess.run(["chmod", "-R", "go-w", folder], check=True)
    assert Cache(str(folder)).note == ""


@as_root
def test_a_cache_of_another_user_is_refused(tmp_path):
    os.chown(tmp_path, NOBODY, NOBODY)
    with pytest.raises(
        ToolError, match=f"belongs to user {pwd.getpwuid(NOBODY).pw_name}(.|\n)*chown -R root {tmp_path}"
    ):
        Cache(str(tmp_path))
    os.chown(tmp_path, 0, 0)
    Cache(str(tmp_path))


def test_an_entry_that_others_can_write_to_is_refused(tmp_path):
    folder, _ = Cache(str(tmp_path)).entry(KEY, _make)
    folder.chmod(0o770)
    for use in (lambda: Cache(str(tmp_path)).entry(KEY, _make), lambda: Cache(str(tmp_path)).has(KEY)):
        with pytest.raises(ToolError, match=f"chmod -R go-w {folder}"):
            use()


@as_root
def test_an_entry_of_another_user_is_refused(tmp_path):
    folder, _ = Cache(str(tmp_path)).entry(KEY, _make)
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(ToolError, match=f"chown -R root {folder}"):
        Cache(str(tmp_path)).entry(KEY, _make)


@pytest.mark.parametrize(("mode", "refused"), [(0o777, True), (0o1777, False), (0o755, False)])
def test_a_folder_above_lets_others_exchange_the_cache(tmp_path, mode, refused):
    parent = tmp_path / "shared"
    parent.mkdir()
    parent.chmod(mode)
    if not refused:
        assert Cache(str(parent / "cache")).note == ""
        return
    with pytest.raises(ToolError, match=f"chmod go-w {parent}"):
        Cache(str(parent / "cache"))


@pytest.mark.parametrize(("members", "refused"), [([], False), (["mallory"], True)])
def test_a_folder_above_of_a_group(tmp_path, monkeypatch, members, refused):
    me = pwd.getpwuid(os.geteuid())
    group = private.grp.struct_group((me.pw_name, "x", me.pw_gid, members))
    monkeypatch.setattr(private.grp, "getgrgid", lambda _: group)
    tmp_path.chmod(0o775)
    if refused:
        with pytest.raises(ToolError, match="exchange"):
            Cache(str(tmp_path / "cache"))
    else:
        Cache(str(tmp_path / "cache"))


def test_a_lock_is_not_opened_through_a_link(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    cache = Cache(str(tmp_path / "cache"))
    lock = cache.root / f"{KEY}.lock"
    lock.symlink_to(victim)
    assert cache.entry(KEY, _make)[1] is False
    assert victim.read_text() == "precious"
    assert not lock.is_symlink()


@pytest.mark.parametrize("what", ["FIFO", "folder", "hard link"])
def test_something_else_than_a_lock(tmp_path, what):
    cache = Cache(str(tmp_path / "cache"))
    lock, victim = cache.root / f"{KEY}.lock", tmp_path / "victim"
    victim.write_text("precious")
    if what == "FIFO":
        os.mkfifo(lock)
    elif what == "folder":
        (lock / "in").mkdir(parents=True)
    else:
        lock.hardlink_to(victim)
    assert [cache.entry(KEY, _make)[1] for _ in range(2)] == [False, True]
    assert victim.read_text() == "precious"


STALE = """
from torch_fpga.runtime.xrt import home
home._remove_stale()
"""


@pytest.fixture
def planted():
    """A folder in /tmp named as the emulation's are, and a file of somebody else that a link could lead to."""
    folder = Path("/tmp") / f"torch_fpga-sw_emu-test{os.getpid()}"
    folder.mkdir(mode=0o700)
    yield folder
    subprocess.run(["rm", "-rf", folder], check=True)


def _remove_stale() -> None:
    subprocess.run([sys.executable, "-c", STALE], check=True, timeout=60)


def test_a_folder_of_a_killed_process_goes(planted):
    (planted / "in-use").write_text("")
    _remove_stale()
    assert not planted.exists()


def test_a_fifo_is_not_waited_for(planted):
    os.mkfifo(planted / "in-use")
    _remove_stale()
    assert planted.exists()


def test_a_link_is_not_followed(planted, tmp_path):
    (tmp_path / "file").write_text("")
    (planted / "in-use").symlink_to(tmp_path / "file")
    _remove_stale()
    assert planted.exists()


def test_a_folder_that_is_a_link_is_left(planted, tmp_path):
    (tmp_path / "in-use").write_text("")
    planted.rmdir()
    planted.symlink_to(tmp_path)
    _remove_stale()
    assert (tmp_path / "in-use").exists()


@as_root
@pytest.mark.parametrize("whose", ["folder", "file"])
def test_what_belongs_to_another_user_is_left(planted, whose):
    (planted / "in-use").write_text("")
    os.chown(planted if whose == "folder" else planted / "in-use", NOBODY, NOBODY)
    _remove_stale()
    assert (planted / "in-use").exists()


def test_what_others_can_write_to_is_left(planted):
    (planted / "in-use").write_text("")
    planted.chmod(0o777)
    _remove_stale()
    assert (planted / "in-use").exists()


def test_who_compiles_is_told(tmp_path):
    tmp_path.chmod(0o777)
    compiled = torch.compile(lambda x: x.cumsum(-1), backend="fpga", options={"cache_dir": str(tmp_path)})
    with torch.no_grad(), pytest.raises(Exception, match=f"chmod -R go-w {tmp_path}"):
        compiled(torch.ones(2, 3))
