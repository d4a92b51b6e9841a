"""Nested dataclasses to JSON and back. Plain JSON has no infinity and no NaN: they go as "inf", "-inf" and "nan"."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


def dumps(value: Any) -> str:
    """``value`` as JSON, with the legend of every number on top."""
    return json.dumps({"legend": legend(type(value)), **plain(value)}, indent=1, ensure_ascii=False, allow_nan=False)


def loads(kind: type[T], text: str) -> T:
    """A ``kind`` from what ``dumps`` wrote."""
    result: T = typed(kind, json.loads(text))
    return result


def legend(kind: type) -> dict[str, str]:
    """``{"RegionReport.gpu_us": "microseconds, estimated", …}`` for ``kind`` and all that it holds."""
    found: dict[str, str] = {}
    hints = _hints(kind)
    for field in dataclasses.fields(kind):
        if "legend" in field.metadata:
            found[f"{kind.__name__}.{field.name}"] = field.metadata["legend"]
        for part in (hints[field.name], *typing.get_args(hints[field.name])):
            if isinstance(part, type) and dataclasses.is_dataclass(part):
                found |= legend(part)
    return found


def plain(value: Any) -> Any:
    """``value`` as dicts, lists, numbers and text."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, (str, int, float, bool, types.NoneType)) else str(value)


def typed(kind: Any, value: Any) -> Any:
    """A ``kind`` from what ``plain`` made of it."""
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        known = {name: item for name, item in value.items() if name in hints}
        return kind(**{name: typed(hints[name], item) for name, item in known.items()})
    if typing.get_origin(kind) is list:
        return [typed(typing.get_args(kind)[0], item) for item in value]
    if typing.get_origin(kind) is tuple:
        return tuple(typed(typing.get_args(kind)[0], item) for item in value)
    if isinstance(kind, types.UnionType):
        return None if value is None else typed(typing.get_args(kind)[0], value)
    return float(value) if kind is float else value


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields; they are text, which is evaluated."""
    return typing.get_type_hints(kind)
