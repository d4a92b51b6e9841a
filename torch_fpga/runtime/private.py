"""Folders and files that nobody else on a shared machine may have put there, or may change.

What lies in the cache is run, so whoever can write there runs code as its user.
"""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
from pathlib import Path

from torch_fpga.errors import ToolError


def make_private(folder: Path) -> Path:
    """Makes ``folder`` and those above it that are missing, for their owner alone; its path without links.

    Raises:
        ToolError: others can write to it or exchange it.
        OSError: it cannot be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    resolved = folder.resolve(strict=True)
    check_private(resolved)
    for parent in dict.fromkeys((*folder.absolute().parents, *resolved.parents)):
        _check_parent(parent, folder)
    return resolved


def check_private(folder: Path) -> None:
    """Raises ToolError if ``folder`` belongs to another user or others can write to it, OSError if it is not there."""
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode) or not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(20, os.strerror(20), str(folder))
    if found.st_uid != os.geteuid():
        raise _unsafe(f"{folder} belongs to user {_user(found.st_uid)}", ["chown", "-R", _user(os.geteuid())], folder)
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _unsafe(f"others can write to {folder}", ["chmod", "-R", "go-w"], folder)


def open_private(path: Path) -> int:
    """Opens or makes a file to lock: never through a link, without a wait, and nothing in it is changed.

    Raises OSError if something else is there, or a file of another user.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if not is_own_file(file):
        os.close(file)
        raise FileExistsError(17, "not a file of this user", str(path))
    return file


def is_own_file(file: int) -> bool:
    """Whether an open file is a regular one of this user."""
    found = os.fstat(file)
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def _check_parent(parent: Path, folder: Path) -> None:
    """Whoever can write to a folder can exchange what is in it, unless it is sticky, as /tmp is."""
    found = parent.stat()
    by_group = found.st_mode & stat.S_IWGRP and not _is_private_group(found.st_gid)
    if not found.st_mode & stat.S_ISVTX and (found.st_mode & stat.S_IWOTH or by_group):
        raise _unsafe(f"others can write to {parent}, and so exchange {folder}", ["chmod", "go-w"], parent)


def _is_private_group(group: int) -> bool:
    """Whether a group has no member but this user, as where every user has a group of the same name."""
    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return group == user.pw_gid and found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _unsafe(words: str, command: list[str], folder: Path) -> ToolError:
    mend = shlex.join([*command, str(folder)])
    return ToolError(
        f"what is in the cache is run, and {words}",
        code="unsafe-cache",
        hint=f"if nobody meant harm, `{mend}`; else remove it, or name another folder",
    )
