"""Numbers and names as a person reads them."""

from __future__ import annotations

import math
import unicodedata

_STEPS = ("", "k", "M", "G", "T", "P")


def number(value: float) -> str:
    """Three significant digits, no exponent between 0.001 and a million."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "nan")
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e6:
        return f"{value:.2e}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def times(ratio: float) -> str:
    """``13.4`` as ``13 ×``."""
    return f"{ratio:.{int(ratio < 9.95)}f} ×" if math.isfinite(ratio) else "∞ ×"


def count(value: float) -> str:
    """``7680000`` as ``7.68 M``."""
    step = 0
    while abs(value) >= 999.5 and step + 1 < len(_STEPS):
        value, step = value / 1000, step + 1
    text = f"{value:.0f}" if step == 0 else number(value)
    return f"{text} {_STEPS[step]}".rstrip()


def size(nbytes: float) -> str:
    """``15360000`` as ``15.4 MB`` (a kB is 1000 bytes)."""
    text = count(nbytes)
    return f"{text}B" if text[-1].isalpha() else f"{text} B"


def time(us: float) -> str:
    """Microseconds with the unit that suits: ``812 µs``, ``1.20 ms``."""
    for unit, scale in (("µs", 1.0), ("ms", 1e3)):
        if abs(us) < 1e3 * scale:
            return f"{number(us / scale)} {unit}"
    return f"{number(us / 1e6)} s"


def energy(uj: float) -> str:
    """Microjoules with the unit that suits: ``340 µJ``, ``12.0 mJ``."""
    return time(uj).replace("s", "J")


def columns(text: str) -> int:
    """The columns that ``text`` takes in a fixed-width font: an ideograph takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shorten(text: str, width: int) -> str:
    """``text`` on one line of at most ``width`` columns; control characters, which would move the cursor, are shown."""
    text = " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text).split())
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"
