"""The rows of the data files: what was measured or reported, and how the model describes the same."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch_fpga.errors import UserError
from torch_fpga.targets.chip import Chip, Operator, load_chip

FOLDER = Path(__file__).parent
FILES = ("loops", "depths", "stages", "memory", "resources", "host")
# What a row may say of how the model describes it; estimates.py has a function for each.
WAYS = ("cost", "kernel", "channel", "fifo", "buffer", "port", "control", "target")


@dataclasses.dataclass(frozen=True)
class Row:
    """A reported thing.

    Attributes:
        id: its name.
        kind: rows of a kind are summed up together.
        source: a key of ``sources.toml``.
        what: was measured, and how it is described to the model where the hardware is built otherwise.
        reported: figures by name: cycles, depth, ii, lut, ff, dsp, bram18, uram, gb_per_s, us, w, share.
        way: which of ``WAYS`` describes it.
        description: for the way.
        chip: its operators.
        input: figures that the model was made from; their error proves nothing.
        why: of a large error.
        host: the target is a GPU.
    """

    id: str
    kind: str
    source: str
    what: str
    reported: Mapping[str, float]
    way: str
    description: Any
    chip: Chip
    input: tuple[str, ...] = ()
    why: str = ""
    host: bool = False


def read_rows(folder: Path = FOLDER) -> list[Row]:
    """Every row, in the order of the files. Raises UserError for one that is not whole."""
    chips, sources = _chips(_toml(folder / "chips.toml")), read_sources(folder)
    rows = [_row(raw, name, chips, sources) for name in FILES for raw in _toml(folder / f"{name}.toml")["row"]]
    names = [row.id + row.kind for row in rows]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"calibration rows stand there twice: {sorted(twice)}")
    return rows


def read_sources(folder: Path = FOLDER) -> dict[str, str]:
    """The sources by their short names."""
    return _toml(folder / "sources.toml")


def _row(raw: dict[str, Any], file: str, chips: Mapping[str, Chip], sources: Mapping[str, str]) -> Row:
    at = f"row {raw.get('id', '?')!r} of {file}.toml"
    if missing := {"id", "kind", "source", "what", "reported"} - raw.keys():
        raise UserError(f"{at} lacks {', '.join(sorted(missing))}")
    if raw["source"] not in sources:
        raise UserError(f"{at} names {raw['source']!r}, which sources.toml has not")
    if wrong := [name for name, value in raw["reported"].items() if not value > 0]:
        raise UserError(f"{at} has figures that are not positive: {', '.join(wrong)}")
    ways = [way for way in WAYS if way in raw]
    if len(ways) != 1:
        raise UserError(f"{at} must say in one way how the model describes it, of {', '.join(WAYS)}")
    (way,) = ways
    rest = {name: value for name, value in raw.items() if name not in (way, "chip", "input")}
    inputs = tuple(raw.get("input", ()))
    return Row(**rest, way=way, description=raw[way], chip=chips[raw.get("chip", "ultrascale_plus")], input=inputs)


def _chips(raw: dict[str, Any]) -> dict[str, Chip]:
    ours = load_chip("ultrascale_plus")
    chips = {"ultrascale_plus": ours}
    for name, rows in raw.items():
        operators = {key: Operator(**row) for key, row in rows.items()}
        chips[name] = dataclasses.replace(ours, operators={**ours.operators, **operators})
    return chips


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)
