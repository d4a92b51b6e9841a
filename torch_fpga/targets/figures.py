"""The data files of this room: every figure with its source, and none that makes no sense.

A figure is a table ``{ value = 460.0, source = "AMD UG1393" }``. A figure that nobody has published says
``source = "estimate: ..."`` with what it is made of.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from torch_fpga.errors import UserError

FOLDER = Path(__file__).parent


def read(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """What stands in ``<name>.toml``. Raises UserError where that is no TOML."""
    try:
        return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{name}.toml cannot be read: {error}") from error


def known(where: str, table: Any, keys: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """``table``, which has all ``keys`` and perhaps ``optional`` ones. Raises UserError for any other."""
    if not isinstance(table, Mapping):
        raise UserError(f"{where} is {table!r}, not a table of {', '.join(keys)}")
    for key in keys:
        if key not in table:
            raise UserError(f"{where}: {key} is missing")
    for key in table:
        if key not in keys and key not in optional:
            raise UserError(f"{where}: unknown key {key!r}", hint=f"the keys are {', '.join((*keys, *optional))}")
    return dict(table)


def number(where: str, value: Any, least: float = 0.0) -> float:
    """``value``, a finite number of at least ``least``. Raises UserError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UserError(f"{where} is {value!r}, not a number")
    if not math.isfinite(value) or value < least:
        raise UserError(f"{where} is {value!r}, which is not a finite number of at least {least:g}")
    return value


def sourced(where: str, row: Any, keys: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """The numbers of a row and its ``source``. Raises UserError for one that is wrong, missing or without source."""
    if isinstance(row, Mapping) and "source" not in row:
        raise UserError(
            f"{where} has no source", hint='where none is published: source = "estimate: what it is made of"'
        )
    row = known(where, row, (*keys, "source"), optional)
    source = row["source"]
    if not isinstance(source, str) or source.removeprefix("estimate").strip(" :") == "":
        raise UserError(f"{where}: source {source!r} says nothing")
    return {key: source if key == "source" else number(f"{where}.{key}", value) for key, value in row.items()}


def positive(where: str, row: Any, keys: Collection[str]) -> dict[str, Any]:
    """As ``sourced``, and no number is 0."""
    row = sourced(where, row, keys)
    for key in keys:
        if row[key] == 0:
            raise UserError(f"{where}.{key} is 0")
    return row


def figures(name: str, keys: Collection[str], folder: Path = FOLDER) -> dict[str, Any]:
    """The figures of a device, of which none may be 0: ``name``, one value a key, and ``sources`` by key.

    Raises:
        UserError: naming file and key, for a figure that is missing, 0, negative, not finite or without a source, and
            for a key that is not known.
    """
    file = f"{name}.toml"
    data = known(file, read(name, folder), ("name", *keys))
    if not isinstance(data["name"], str):
        raise UserError(f"{file}: name is {data['name']!r}, not text")
    rows = {key: positive(f"{file}: {key}", data[key], ("value",)) for key in keys}
    values: dict[str, Any] = {key: row["value"] for key, row in rows.items()}
    return {"name": data["name"], **values, "sources": {key: row["source"] for key, row in rows.items()}}


def figure_names(fields: Collection[str]) -> list[str]:
    """Of the fields of a device's dataclass, those that are figures of its file."""
    return [field for field in fields if field not in ("name", "sources")]
