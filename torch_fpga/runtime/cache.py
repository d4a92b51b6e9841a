"""Built kernels on disk, each in a folder named by everything that decides what it is.

An entry is made in a folder of its own and renamed into place, so that no reader ever sees half of one. A lock file an
entry keeps two processes from building the same thing at once. An entry whose library does not match its recorded
hash is built again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from torch_fpga.errors import ToolError

_HASHES = "sha256"


class Cache:
    """Entries below ``root``. One that cannot be written to is replaced by a temporary one, and ``note`` says so."""

    def __init__(self, root: str) -> None:
        self.note = ""
        self.root = Path(root).expanduser()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
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
        """Whether the entry of ``key`` is there, undamaged."""
        return _is_whole(self.root / key)

    def entry(self, key: str, make: Callable[[Path], None]) -> tuple[Path, bool]:
        """The folder of ``key``, made by ``make(folder)`` if it is not there or damaged; and whether it was there."""
        try:
            return self._entry(key, make)
        except OSError as error:
            if self.note:
                hint = "free some disk space, or set cache_dir"
                raise ToolError(f"no room to build a kernel: {error}", hint=hint) from error
            self.use_temporary(error)
            return self.entry(key, make)

    def _entry(self, key: str, make: Callable[[Path], None]) -> tuple[Path, bool]:
        folder = self.root / key
        if _is_whole(folder):
            return folder, True
        with _lock(self.root / f"{key}.lock"):
            if _is_whole(folder):
                return folder, True
            work = Path(tempfile.mkdtemp(prefix=f".{key[:8]}-", dir=self.root))
            try:
                make(work)
                (work / _HASHES).write_text(_hash(work))
                shutil.rmtree(folder, ignore_errors=True)
                os.rename(work, folder)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        return folder, False


def key_of(*parts: str) -> str:
    """A key from texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part.encode())
    return digest.hexdigest()[:40]


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        # A precompiled header is large and the compiler checks it itself.
        if file.name != _HASHES and file.suffix != ".gch":
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _is_whole(folder: Path) -> bool:
    try:
        return (folder / _HASHES).read_text() == _hash(folder)
    except OSError:
        return False


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
