"""Built kernels on disk, each in a folder named by everything that decides what it is.

An entry is made in a folder of its own and renamed into place, so that no reader ever sees half of one. A lock file an
entry keeps two processes from building the same thing at once. A lock on its folder keeps it from being evicted while a
``Cache`` that gave it out lives. An entry that does not match its recorded hash is built again, whatever is wrong with
it.

What is in the cache is run. So its folders are their owner's alone (``torch_fpga.runtime.private``).
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from torch_fpga.errors import ToolError, UserError
from torch_fpga.runtime.private import check_private, make_private, open_private

LIMIT = "TORCH_FPGA_CACHE_LIMIT"
DEFAULT_LIMIT = 4.0

_HASHES = "sha256"
_LOCK = ".lock"
_GIGABYTE = 10**9
_TRIES, _MAKES = 20, 3
"""How often others may evict an entry before it is held, and how often it is made."""


def cache_limit() -> int:
    """Bytes that a cache may take: ``$TORCH_FPGA_CACHE_LIMIT`` in GB, else 4 GB. Raises UserError for no number."""
    text = os.environ.get(LIMIT) or str(DEFAULT_LIMIT)
    try:
        return gigabytes(float(text))
    except (ValueError, OverflowError):
        raise UserError(f"{LIMIT}={text!r} is not a number of GB, 0 or more", code="bad-option") from None


def gigabytes(number: float) -> int:
    """Bytes. Raises ValueError for a negative number and for NaN, OverflowError for infinity."""
    if not number >= 0:
        raise ValueError(number)
    return int(number * _GIGABYTE)


@dataclasses.dataclass(frozen=True)
class Entry:
    """What is kept under a key: its bytes on disk, and when it was last made or asked for (seconds since 1970)."""

    key: str
    bytes: int
    used: float


class Cache:
    """Entries below ``root``. One that cannot be written to is replaced by a temporary one, and ``note`` says so.

    Raises:
        ToolError: others can write to ``root``; the error names the command that mends it.
        UserError: the limit is no number.
    """

    def __init__(self, root: str) -> None:
        self.note = ""
        self.root = Path(root).expanduser()
        self.limit = cache_limit()
        self._size: int | None = None
        self._size_lock = threading.Lock()
        # Shared locks on the folders of entries that were given out, by inode: until this object goes, they stay.
        self._held: dict[tuple[int, int], int] = {}
        weakref.finalize(self, _close_all, self._held)
        try:
            self.root = make_private(self.root)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            self.use_temporary(error)

    def use_temporary(self, error: OSError) -> None:
        """Goes on in a folder that lives as long as this process."""
        self._temporary = tempfile.TemporaryDirectory(prefix="torch_fpga-")
        self.note = f"the cache {self.root} cannot be used ({error.strerror}); kernels are built anew for this process"
        self.root = Path(self._temporary.name)

    def has(self, key: str) -> bool:
        """Whether the entry of ``key`` is there, undamaged. Raises ToolError if others can write to it."""
        return _is_whole(self.root / key)

    def entry(self, key: str, make: Callable[[Path], None]) -> tuple[Path, bool]:
        """The folder of ``key``, made by ``make(folder)`` if it is not there or damaged; and whether it was there.

        It is not evicted as long as this object lives.
        """
        try:
            return self._entry(key, make)
        except OSError as error:
            if self.note:
                hint = "free some disk space, or set cache_dir"
                raise ToolError(f"no room to build a kernel: {error}", hint=hint) from error
            self.use_temporary(error)
            return self.entry(key, make)

    def _entry(self, key: str, make: Callable[[Path], None]) -> tuple[Path, bool]:
        folder, made = self.root / key, 0
        for _ in range(_TRIES):
            if self._hold(key):
                return folder, not made
            if made == _MAKES:
                break
            file = _lock(self._lock_file(key), fcntl.LOCK_EX)
            try:
                if _is_whole(folder):
                    continue
                self._make(key, make)
                made += 1
            finally:
                os.close(file)
            self._has_grown(key)
        raise ToolError(f"the cache entry {folder} does not stay as it was made", hint="empty the cache")

    def _hold(self, key: str) -> bool:
        """Keeps the entry of ``key`` from being evicted, if it is there, undamaged."""
        folder = self.root / key
        if not _is_whole(folder):
            return False
        try:
            file = _open_folder(folder)
        except FileNotFoundError:  # another process has evicted it meanwhile
            return False
        found = os.fstat(file)
        if self._held.setdefault((found.st_dev, found.st_ino), file) != file:
            os.close(file)
            return True
        with contextlib.suppress(OSError):  # some file systems have no locks on folders; nor is it evicted there
            fcntl.flock(file, fcntl.LOCK_SH)
        # Before it was locked it may have been evicted, and another made in its place, which the lock does not hold.
        if not _is_at(folder, found):
            os.close(self._held.pop((found.st_dev, found.st_ino)))
            return False
        with contextlib.suppress(OSError):
            os.utime(folder)
        return _is_whole(folder)

    def _make(self, key: str, make: Callable[[Path], None]) -> None:
        folder = self.root / key
        work = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=self.root))
        try:
            make(work)
            (work / _HASHES).write_text(_hash(work))
            self._remove(key)
            os.rename(work, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _remove(self, key: str) -> None:
        """Removes whatever lies where the entry should; who holds its lock."""
        if not os.path.lexists(self.root / key):
            return
        # First out of the way: what cannot be removed, in part or whole, must not look like an entry.
        away = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=self.root))
        os.rename(self.root / key, away / "entry")
        _remove_tree(away)

    def _lock_file(self, key: str) -> Path:
        return self.root / f"{key}{_LOCK}"

    def entries(self) -> list[Entry]:
        """What is in the cache, that used longest ago first."""
        found = [(path, _key(path)) for path in _listed(self.root)]
        entries = [_entry_of(path, key) for path, key in found if key == path.name]
        return sorted((entry for entry in entries if entry), key=lambda entry: (entry.used, entry.key))

    def trim(self, limit: int) -> int:
        """Evicts what was used longest ago until no more than ``limit`` bytes are left. Returns the bytes left.

        What any process builds, or holds since ``entry`` gave it, stays. What a killed process left half made goes.
        """
        for path in _listed(self.root):
            key = _key(path)
            alone = path.suffix == _LOCK and not os.path.lexists(self.root / key)
            if key and (path.name.startswith(".") or alone):
                self._if_unused(key, functools.partial(_remove_tree, path))
        entries = self.entries()
        size = sum(entry.bytes for entry in entries)
        for entry in entries:
            if size <= limit:
                break
            if self._if_unused(entry.key, functools.partial(self._evict, entry.key)):
                size -= entry.bytes
        return size

    def _evict(self, key: str) -> None:
        folder = self.root / key
        file = _open_folder(folder) if folder.is_dir() and not folder.is_symlink() else None
        try:
            if file is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove(key)
        finally:
            if file is not None:
                os.close(file)
        # Whoever waits for it sees that it is not the file of that name any more, and opens the new one.
        self._lock_file(key).unlink()

    def _if_unused(self, key: str, action: Callable[[], None]) -> bool:
        """Runs ``action`` if no process uses the entry or builds it."""
        try:
            file = _lock(self._lock_file(key), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        try:
            action()
        except OSError:
            return False
        finally:
            os.close(file)
        return True

    def _has_grown(self, key: str) -> None:
        """Counts a new entry, and trims the cache where that makes it too large."""
        with self._size_lock:
            if self._size is None:
                self._size = self.trim(self.limit)
                return
            new = _entry_of(self.root / key, key)
            self._size += new.bytes if new else 0
            if self._size > self.limit:
                self._size = self.trim(self.limit)


def key_of(*parts: str) -> str:
    """A key from texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part.encode())
    return digest.hexdigest()[:40]


def _listed(root: Path) -> list[Path]:
    try:
        return list(root.iterdir())
    except OSError:
        return []


def _key(path: Path) -> str:
    """The key of an entry, of one that is being made or of a lock; empty for what is none of them."""
    key = path.name.removesuffix(_LOCK).removeprefix(".").split("-")[0]
    return key if len(key) == 40 and set(key) <= set("0123456789abcdef") else ""


def _entry_of(folder: Path, key: str) -> Entry | None:
    """None where it has gone meanwhile."""
    try:
        found = folder.lstat()
        files = list(os.scandir(folder)) if folder.is_dir() and not folder.is_symlink() else []
        size = sum(file.stat(follow_symlinks=False).st_blocks * 512 for file in files)
    except OSError:
        return None
    return Entry(key, size + found.st_blocks * 512, found.st_mtime)


def _hash(folder: Path) -> str:
    """Of the names and contents of an entry's files. Raises OSError if one is no regular file, or cannot be read."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.name != _HASHES:
            found = file.lstat()
            digest.update(f"{file.name}\n".encode(errors="surrogateescape"))
            digest.update(_contents(file, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    return digest.hexdigest()


@functools.lru_cache(4096)
def _contents(file: Path, *_: int) -> bytes:
    """The hash of a file as it was at a time; a precompiled header is large, and each kernel's build asks for it."""
    with os.fdopen(_open_to_read(file), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _open_to_read(path: Path) -> int:
    if not path.is_file() or path.is_symlink():
        raise OSError(22, "not a regular file", str(path))
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _is_whole(folder: Path) -> bool:
    try:
        check_private(folder)
        with os.fdopen(_open_to_read(folder / _HASHES), "rb") as recorded:
            return recorded.read(100) == _hash(folder).encode()
    except OSError:
        return False


def _lock(path: Path, kind: int) -> int:
    """An open file with a lock on it; closing it ends the lock. Raises OSError if ``kind`` does not wait and it would.

    The file may be removed by whoever has it locked, so that it is opened again if it is not there any more.
    """
    while True:
        try:
            file = open_private(path)
        except OSError:
            if not os.path.lexists(path) or (path.is_file() and not path.is_symlink()):
                raise  # not because of what lies there
            _remove_tree(path)
            continue
        try:
            fcntl.flock(file, kind)
            if _is_at(path, os.fstat(file)):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _is_at(path: Path, found: os.stat_result) -> bool:
    """Whether an open file is still the one of this name."""
    try:
        return os.path.samestat(found, path.lstat())
    except FileNotFoundError:
        return False


def _remove_tree(path: Path) -> None:
    """Removes a folder with all that is in it, or a file, and no more than a link."""
    if path.is_dir() and not path.is_symlink():
        for folder, _, _ in os.walk(path):
            with contextlib.suppress(OSError):
                os.chmod(folder, 0o700)
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _close_all(held: dict[tuple[int, int], int]) -> None:
    for file in held.values():
        os.close(file)
