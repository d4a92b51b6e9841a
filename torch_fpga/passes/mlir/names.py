"""Names for a reader: what the user called a value, made fit for C++ and unique."""

from __future__ import annotations

import linecache
import re

from torch_fpga.dialects.mlir import ir, source_of
from torch_fpga.stages import STAGES
from torch_fpga.stages.common.moves import MOVES

_ASSIGNED = re.compile(r"^\s*(?:self\.)?([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*=(?!=)")
# fmt: off
_RESERVED = frozenset((
    "alignas", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "const", "continue",
    "default", "delete", "do", "double", "else", "enum", "explicit", "export", "extern", "false", "float",
    "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "operator",
    "or", "private", "protected", "public", "register", "return", "short", "signed", "sizeof", "static",
    "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typename", "union",
    "unsigned", "using", "virtual", "void", "volatile", "while", "xor", "in", "out", "region", "vec",
    "stream", "pattern", "dataflow", "repeat", "pick", "b", "hls", "hls_lib", "std",
)) | {task.template for task in (*MOVES, *(task for stage in STAGES for task in stage.tasks))}
# fmt: on
"""What means something else where a name of the user's stands: words of C++, and what a kernel's phases say."""


class Names:
    """Hands out each name once."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        wanted = re.sub(r"\W+", "_", wanted).strip("_") or "value"
        if wanted[0].isdigit() or wanted in _RESERVED:
            wanted = f"v_{wanted}"
        count = self._taken.get(wanted, 0)
        self._taken[wanted] = count + 1
        # The numbered name may itself have been asked for before.
        return wanted if count == 0 else self.unique(f"{wanted}_{count}")


def assigned_names(location: ir.Location) -> list[str]:
    """The variables the user's line assigns to: ``best, where = scores.topk(4)`` gives best and where."""
    file, _, line = source_of(location).rpartition(":")
    match = _ASSIGNED.match(linecache.getline(file, int(line))) if line.isdigit() else None
    return [name.strip() for name in match[1].split(",")] if match else []
