"""Marks the pipelined loops of copies of hls_lib's headers, so that a logged run tells where its iterations start.

``label:`` and ``for (...) {`` with ``#pragma HLS pipeline`` as the first line of its body become ::

    label:
      if (::hls_lib::emulation::log::loop entered_("label"); true) for (...) { entered_.next();

on the same lines as before. The headers themselves stay what Vitis sees.
"""

from __future__ import annotations

import re

from torch_fpga.errors import InternalError

_PRAGMA = re.compile(r"\s*#pragma\s+HLS\s+pipeline\b", re.IGNORECASE)
_LABEL = re.compile(r"\s*([A-Za-z_]\w*):\s*$")
_FOR = re.compile(r"(\s*)(for \(.*)$")


def instrument(text: str, name: str) -> str:
    """``text`` with its pipelined loops marked. Raises InternalError where one has no label; ``name`` is the file's."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not _PRAGMA.match(line):
            continue
        first = last = number - 1
        if not lines[last].rstrip().endswith("{"):
            raise _fault(name, number, "#pragma HLS pipeline is not the first line of a loop's body")
        # The head of a loop may be laid out over several lines.
        while first > 0 and not _FOR.match(lines[first]) and not lines[first - 1].rstrip().endswith(("{", "}", ":")):
            first -= 1
        head = _FOR.match(lines[first])
        if head is None:
            raise _fault(name, number, "#pragma HLS pipeline belongs to no for loop")
        label = _LABEL.match(lines[first - 1]) if first else None
        if label is None:
            raise _fault(name, first, "a pipelined loop has no label on the line above it")
        indent, loop = head.groups()
        lines[first] = f'{indent}if (::hls_lib::emulation::log::loop entered_("{label.group(1)}"); true) {loop}'
        lines[last] = f"{lines[last]} entered_.next();"
    return "\n".join(lines)


def _fault(name: str, line: int, text: str) -> InternalError:
    return InternalError(f"{name}:{line + 1}: {text}", code="not-instrumented", hint="no cycles can be told of it")
