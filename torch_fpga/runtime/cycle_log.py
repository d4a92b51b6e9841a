"""The cycle log of an emulated run: what each task did, in its own order (hls_lib/emulation/log/format.hpp)."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from torch_fpga.errors import InternalError


@dataclasses.dataclass(frozen=True)
class Stream:
    """A FIFO as the kernel declares it, in the order of declaration. ``depth`` in elements."""

    name: str
    depth: int


@dataclasses.dataclass(frozen=True)
class LoggedTask:
    """A task in the order of the ``region.task`` calls. ``place`` is its number in its phase; names may repeat."""

    phase: int
    place: int
    name: str


@dataclasses.dataclass(frozen=True)
class LoggedOperand:
    """A buffer that a pointer argument of the kernel had: where it lay in the run, and its memory channel (bank)."""

    name: str
    address: int
    bytes: int
    bank: int


@dataclasses.dataclass(frozen=True)
class CycleLog:
    """The log of one run that succeeded.

    Streams cannot be asked whether they are empty, so what a task does depends on its data alone: the log holds for
    every schedule, and so for all depths, intervals and latencies.

    Attributes:
        words: the log itself, 64-bit.
        streams, labels, tasks: by the numbers that ``words`` has for them.
        operands: the kernel's pointer arguments.
    """

    words: NDArray[np.int64]
    streams: tuple[Stream, ...]
    labels: tuple[str, ...]
    tasks: tuple[LoggedTask, ...]
    operands: tuple[LoggedOperand, ...] = ()


def read_names(text: str) -> tuple[tuple[Stream, ...], tuple[str, ...], tuple[LoggedTask, ...]]:
    """Streams, labels and tasks of a run, as ``journal::names`` writes them."""
    streams: list[Stream] = []
    labels: list[str] = []
    tasks: list[LoggedTask] = []
    for line in text.splitlines():
        kind, number, name = line.split("\t", 2)
        if kind == "stream":
            streams.append(Stream(name, int(number)))
        elif kind == "label":
            labels.append(name)
        elif kind == "task":
            phase = int(number)
            tasks.append(LoggedTask(phase, sum(task.phase == phase for task in tasks), name))
        else:
            raise InternalError(f"a cycle log names a {kind!r}", code="bad-log")
    return tuple(streams), tuple(labels), tuple(tasks)
