"""What makes two kernels the same hardware, whatever they are called."""

from __future__ import annotations

import hashlib
import re

_COMMENT = re.compile(r"//.*")


def kernel_identity(name: str, source: str) -> str:
    """A hash of a kernel's C++ that does not change with its name.

    A graph that is compiled in another process, or after another one, gets another name for the same kernel. By this it
    is found in an xclbin that took hours to build. Comments do not count either, which hold lines of the user's file,
    nor does white space.
    """
    text = re.sub(rf"\b{re.escape(name)}(?=\b|_phase\d)", "kernel", _COMMENT.sub("", source))
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()
