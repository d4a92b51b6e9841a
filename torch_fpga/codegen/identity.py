"""What makes two kernels the same hardware, whatever they and their values are called."""

from __future__ import annotations

import hashlib
import re

_COMMENT = re.compile(r"//.*")
_LABEL = re.compile(r'"[^"\n]*"')
# What a kernel's text declares: arguments, on-chip buffers, streams, functions and the structs of maps.
_DECLARED = re.compile(r"(?:\*|\bint64_t|\bstatic \w+|\bstream<[^;()]*>|\bstruct|\bvoid)\s+([A-Za-z_]\w*)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_TASK = re.compile(r"\bregion\.task<(\w+)")
_MOVES_DATA = re.compile(r"load_|store_|fork|merge_")

_TITLE, _DIGITS = 17, 10
"""Characters of a kernel's name. XRT has room for 63 of ``NAME:{NAME_1}``."""


def kernel_identity(name: str, source: str) -> str:
    """A hash of a kernel's C++ that does not change with its name, nor with the names of what it declares.

    Those come from the code of whoever needed the kernel first. By this a kernel that another process, another model
    or another layer called otherwise is found: built in the cache, or in an xclbin that took hours to build. Comments
    and labels do not count either, which hold lines and names of the user's file, nor does white space.
    """
    text = _LABEL.sub('""', _COMMENT.sub("", renamed(source, name, "kernel")))
    numbers = {word: f"v{number}" for number, word in enumerate(dict.fromkeys(_DECLARED.findall(text)))}
    text = _WORD.sub(lambda word: numbers.get(word[0], word[0]), text)
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()


def renamed(source: str, name: str, new: str) -> str:
    """The C++ of a kernel under another name."""
    return re.sub(rf"\b{re.escape(name)}(?=\b|_phase\d)", new, source)


def work_name(source: str, work: str) -> str:
    """A kernel's name by its work: what its tasks do, and the beginning of the hash ``work``."""
    tasks = (task for task in _TASK.findall(source) if not _MOVES_DATA.match(task))
    title = "_".join(dict.fromkeys(tasks)) or "copy"
    return f"{title[:_TITLE].rstrip('_')}_{work[:_DIGITS]}"
