"""The tables of cards, operators and links: every number in them is checked, and an error names file and key."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from torch_fpga.errors import UserError
from torch_fpga.options import _CHOICES, TARGETS
from torch_fpga.targets.card import RESOURCES, card_of, load_card
from torch_fpga.targets.chip import chip_of
from torch_fpga.targets.figures import read
from torch_fpga.targets.link import link_of

Path = tuple[str | int, ...]

FAMILIES = ("ultrascale_plus", "versal")
LOAD: dict[str, Callable[[dict[str, Any]], object]] = {
    "cards": lambda data: [card_of(data, name) for name in TARGETS],
    "operators": lambda data: [chip_of(data, family) for family in FAMILIES],
    "links": lambda data: [link_of(data, f"{host}-{target}") for host in _CHOICES["host"] for target in TARGETS],
}


def tables(data: Any, path: Path = ()) -> Iterator[Path]:
    """Of every table with numbers in it."""
    rows = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if any(isinstance(value, (int, float)) for _, value in rows):
        yield path
    for key, value in data.items() if isinstance(data, dict) else rows:
        yield from tables(value, (*path, key))


def at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data


ROWS = [(file, path) for file in LOAD for path in tables(read(file))]


def refused(file: str, path: Path, change: Callable[[dict[str, Any]], object]) -> str:
    """What is said of a file in which one table was changed."""
    data = copy.deepcopy(read(file))
    LOAD[file](data)
    change(at(data, path))
    with pytest.raises(UserError) as error:
        LOAD[file](data)
    said = str(error.value)
    assert f"{file}.toml" in said
    # In a list, a table's place stands in brackets behind the name.
    assert all(f"[{key}]" in said if isinstance(key, int) else key in said for key in path)
    return said


@pytest.mark.parametrize(("file", "path"), ROWS, ids=lambda x: ".".join(map(str, x)) if isinstance(x, tuple) else x)
def test_a_wrong_number_is_refused(file, path):
    row = at(read(file), path)
    numbers = [key for key, value in row.items() if isinstance(value, (int, float))]
    for key in numbers:
        for wrong in (-1, float("nan"), float("inf"), "ten", True):
            said = refused(file, path, lambda row, key=key, wrong=wrong: row.update({key: wrong}))
            assert f"{key} is {wrong!r}" in said
        if key != "up_to_kib":
            assert f"{key} is missing" in refused(file, path, lambda row, key=key: row.pop(key))
    assert "has no source" in refused(file, path, lambda row: row.pop("source"))
    assert "says nothing" in refused(file, path, lambda row: row.update(source="estimate: "))
    assert "unknown key 'lust'" in refused(file, path, lambda row: row.update(lust=1))


@pytest.mark.parametrize(
    ("file", "path", "change", "said"),
    [
        ("cards", ("u55c",), {"slrs": {"value": 0, "source": "a log"}}, "cards.toml: u55c.slrs.value is 0"),
        ("cards", ("u55c",), {"luts": 3}, "cards.toml: u55c: unknown key 'luts'"),
        ("cards", ("u55c", "lut"), {"shell": 1304001}, "more than the chip has"),
        ("operators", ("versal",), {"fad": {}}, "operators.toml: versal: unknown key 'fad'"),
        ("operators", ("memory", "read"), {"cycles": 0}, "memory.read.cycles is 0"),
        ("links", (), {"speed": 1}, "links.toml: unknown key 'speed'"),
    ],
)
def test_what_makes_no_sense_is_refused(file, path, change, said):
    assert said in refused(file, path, lambda row: row.update(change))


@pytest.mark.parametrize("change", [{"up_to_kib": 70000}, {"base": 0.0}])
def test_pieces_of_a_link_follow_each_other(change):
    data = copy.deepcopy(read("links"))
    data["to_gpu"]["pieces"][0].update(change)
    with pytest.raises(UserError, match=r"to_gpu\.pieces"):
        link_of(data, "mi210-u55c")


def test_a_card_or_a_family_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r"cards\.toml: u50 is missing"):
        load_card("u50")
    with pytest.raises(UserError, match=r"operators\.toml: spartan is missing"):
        chip_of(read("operators"), "spartan")


@pytest.mark.parametrize("name", TARGETS)
def test_the_shell_leaves_room(name):
    assert set(load_card(name).room) == set(RESOURCES)
    assert all(room > 0 for room in load_card(name).room.values())
