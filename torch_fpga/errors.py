"""Errors of torch_fpga. Each shows the user's own line first, then what went wrong and what to do."""

from __future__ import annotations

import copy


class FpgaError(Exception):
    """Base of all errors of this package.

    Args:
        message: what went wrong, in one sentence.
        op: the PyTorch op it is about, e.g. ``aten.topk``.
        source: the user's line, e.g. ``model.py:12: scores.topk(4)``.
        code: a stable reason code (see ``torch_fpga.reasons``).
        hint: what the user can do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        op: str | None = None,
        source: str | None = None,
        code: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message, self.op, self.source, self.code, self.hint = message, op, source, code, hint
        super().__init__(self._text())

    def stamp(self, op: str | None = None, source: str | None = None) -> None:
        """Says which op and which line it is about, where that is not said yet."""
        self.op, self.source = self.op or op or None, self.source or source or None
        self.args = (self._text(),)

    def stamped(self, source: str) -> FpgaError:
        """A copy of it, stamped with ``source``: one error may be that of several regions."""
        error = copy.copy(self)
        error.stamp(source=source)
        return error

    def _text(self) -> str:
        head = f"{self.op}: {self.message}" if self.op else self.message
        if self.code:
            head += f" [{self.code}]"
        lines = [self.source] if self.source else []
        lines.append(head)
        if self.hint:
            lines.append(f"what to do: {self.hint}")
        return "\n".join(lines)


class FpgaWarning(UserWarning):
    """Less is offloaded than the user may think. The message says why, and which line to add."""


class UserError(FpgaError):
    """The request itself cannot be met: a bad option, an index out of range."""


class OutOfRangeError(UserError, IndexError, RuntimeError):
    """An index is out of range: in eager PyTorch an IndexError, and of ``gather`` a RuntimeError."""


class ToolError(FpgaError):
    """A tool outside this package failed or is missing: the C++ compiler, the cache directory, the device."""


class InternalError(FpgaError):
    """A fault of torch_fpga. Please report it with a dump (``TORCH_FPGA_DUMP=dir``)."""
