"""What a developer sees: ``TORCH_FPGA_DUMP=dir`` and ``TORCH_FPGA_DEBUG=0..5``; logs go to the logger ``torch_fpga``.

Levels: 1 the partition table, 2 the reason of every node, 3 the C++ of every kernel, 4 the MLIR after every pass,
5 the FX graph after every step. A dump writes all of them to files, one a step, numbered in order.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from torch_fpga.errors import UserError

if TYPE_CHECKING:
    from torch import fx

log = logging.getLogger("torch_fpga")

TABLE, REASONS, CPP, MLIR, GRAPHS = 1, 2, 3, 4, 5

_graphs = itertools.count()


def level() -> int:
    """``TORCH_FPGA_DEBUG`` as a number from 0 to 5."""
    text = os.environ.get("TORCH_FPGA_DEBUG", "0") or "0"
    if text not in "012345" or len(text) != 1:
        raise UserError(f"TORCH_FPGA_DEBUG={text!r} is not a number from 0 to 5", code="bad-option")
    return int(text)


def checks() -> bool:
    """``TORCH_FPGA_CHECK=1``: every call checks that what passes between regions lies as it was captured."""
    return os.environ.get("TORCH_FPGA_CHECK", "0") == "1"


def _new_folder(root: Path) -> Path:
    """A graph's folder; those of an earlier process are left alone, and counted on from."""
    while True:
        folder = root / f"graph{next(_graphs)}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UserError(
                f"TORCH_FPGA_DUMP={str(root)!r} is no folder to write to: {error.strerror}", code="bad-option"
            ) from error
        return folder


class Dump:
    """Where the steps of one graph are shown and written."""

    def __init__(self) -> None:
        self.level = level()
        root = os.environ.get("TORCH_FPGA_DUMP")
        self.folder = _new_folder(Path(root)) if root else None
        self.name = self.folder.name if self.folder else f"graph{next(_graphs)}"
        self._count = itertools.count()

    def wants(self, shown_at: int) -> bool:
        """Somebody sees what is shown at debug levels from ``shown_at``."""
        return self.level >= shown_at or self.folder is not None or log.isEnabledFor(logging.DEBUG)

    def text(self, step: str, text: str | Callable[[], str], suffix: str, shown_at: int) -> None:
        """Writes a step's text to its numbered file, and to stderr at debug levels from ``shown_at``."""
        if not self.wants(shown_at):
            return
        content = text if isinstance(text, str) else text()
        title = f"{self.name}: {step}"
        log.debug("%s\n%s", title, content)
        if self.level >= shown_at:
            os.write(2, f"--- {title}\n{content}\n".encode())
        if path := self.path(step, suffix):
            path.write_text(content)

    def graph(self, step: str, graph: fx.GraphModule) -> None:
        """Writes an FX graph as Python, as ``text`` does."""
        self.text(step, lambda: graph.print_readable(print_output=False), "py", GRAPHS)

    def path(self, step: str, suffix: str) -> Path | None:
        """The numbered file of a step; None without a dump folder."""
        if self.folder is None:
            return None
        return self.folder / f"{next(self._count):02d}_{re.sub(r'[^0-9A-Za-z_.-]+', '_', step)}.{suffix}"


class Unseen(Dump):
    """A dump that nobody sees: of what is only tried."""

    def __init__(self) -> None:
        self.level, self.folder, self.name = 0, None, "unseen"

    def wants(self, shown_at: int) -> bool:
        return False
