"""What alike tasks, one for each block of rows, are written as once: calls with the block's number as a variable."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

INDEX = "b"
"""The number of the block, in the C++."""


@dataclasses.dataclass(frozen=True)
class Element:
    """A stream of an array: ``array[place]``."""

    array: str
    place: int

    def __str__(self) -> str:
        return f"{self.array}[{self.place}]"


@dataclasses.dataclass(frozen=True)
class Name:
    """What is declared by a name of its own: a port, a buffer, a stream."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclasses.dataclass(frozen=True)
class Size:
    """A number that varies from call to call: so many times an argument of the kernel, by its name."""

    text: str
    factor: int = 1

    def __str__(self) -> str:
        return self.text if self.factor == 1 else f"{self.factor} * {self.text}"


Argument = Element | Name | Size | int | str


@dataclasses.dataclass(frozen=True)
class Call:
    """A task: a template of hls_lib, its parameters, the label, the arguments in order."""

    template: str
    parameters: tuple[str, ...]
    label: str
    arguments: tuple[Argument, ...]


def joined(calls: Sequence[Call]) -> tuple[str, list[str]] | None:
    """The label and the arguments of calls that are alike but for their block's number; None for calls that are not.

    A line may end between any two of the arguments' pieces.

    Ports are picked from a list; numbers are a formula of the block's number, with one exception for the last block.
    """
    labels = [call.label.rsplit(" ", 1) for call in calls]
    if any(label != [labels[0][0], str(i)] for i, label in enumerate(labels)):
        return None
    if len({(call.template, call.parameters, len(call.arguments)) for call in calls}) > 1:
        return None
    arguments = [_argument(list(each)) for each in zip(*(call.arguments for call in calls), strict=True)]
    if any(argument is None for argument in arguments):
        return None
    return labels[0][0], [piece for argument in arguments if argument is not None for piece in argument]


def _argument(values: list[Argument]) -> list[str] | None:
    if all(value == values[0] for value in values):
        return [str(values[0])]
    if all(isinstance(value, Element) for value in values):
        first = values[0]
        rows = [Element(first.array, i) for i in range(len(values))] if isinstance(first, Element) else []
        return [f"{first.array}[{INDEX}]"] if values == rows and isinstance(first, Element) else None
    if all(isinstance(value, Name) for value in values):
        return [f"pick({INDEX}", *map(str, values[:-1]), f"{values[-1]})"]
    sizes = [value for value in values if isinstance(value, Size)]
    if sizes:
        return _of_sizes(values, sizes)
    numbers = [value for value in values if isinstance(value, int)]
    formula = _formula(numbers) if len(numbers) == len(values) else None
    return None if formula is None else [formula]


def _of_sizes(values: list[Argument], sizes: list[Size]) -> list[str] | None:
    first, *_, last = values
    if len(set(values[:-1])) == 1:
        return [f"{INDEX} < {len(values) - 1} ? {first} : {last}"]
    name = sizes[0].text
    factors = [value.factor if isinstance(value, Size) else value for value in values]
    if {size.text for size in sizes} != {name} or any(value != 0 for value in values if not isinstance(value, Size)):
        return None
    formula = _formula([factor for factor in factors if isinstance(factor, int)])
    return None if formula is None else [f"({formula}) * {name}"]


def _formula(numbers: list[int]) -> str | None:
    start, *rest = numbers
    step = rest[0] - start if len(rest) > 1 else 0
    line = [start + step * i for i in range(len(numbers))]
    if numbers[:-1] != line[:-1]:
        return None
    text = str(start) if step == 0 else f"{step} * {INDEX}" + (f" + {start}" if start else "")
    return text if numbers == line else f"{INDEX} < {len(numbers) - 1} ? {text} : {numbers[-1]}"
