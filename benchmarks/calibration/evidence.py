"""docs/evidence.md: text by hand, and sections between markers that ``make calibrate`` writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch_fpga.errors import UserError

PAGE = Path(__file__).parents[2] / "docs/evidence.md"


def filled(page: str, sections: Mapping[str, Sequence[str]]) -> str:
    """The page with each section's lines between its markers. Raises UserError where a marker is missing."""
    for name, lines in sections.items():
        begin, end = f"<!-- {name}: written by make calibrate -->", f"<!-- end of {name} -->"
        found = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
        if not found.search(page):
            raise UserError(f"the page has no section {name!r}: it stands between {begin!r} and {end!r}")
        text = "\n".join(lines)
        page = found.sub(lambda match, text=text: f"{match[1]}\n{text}\n\n{match[2]}", page)
    return page
