"""What the tasks of a phase move through memory channels, and how long loads wait for each other that share one.

Loads that wait for no stream start together. Where they ask a channel for more than it gives, all of them go on so much
more slowly, until one of them is done. And where the turn goes from port to port a row of the memory is opened for each
of them, while a single access passes; a port that is alone goes on in the row that is open.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.model.ends import ends_of
from torch_fpga.model.memory import Channel
from torch_fpga.stages.common.cost import Cost


@dataclasses.dataclass(frozen=True)
class Traffic:
    """What a task moves to and from device memory.

    Attributes:
        banks: cycles of each memory channel, by its number.
        bytes: in all.
        window: cycles from the first vector to the end of a load that starts with its phase, alone; else 0.
        waits: cycles that such a load waits for the others.
    """

    banks: Mapping[int, float]
    bytes: float
    window: float
    waits: float = 0.0

    def share(self, bank: int) -> float:
        """Of a channel that a load asks for."""
        return self.banks.get(bank, 0) / self.window


def traffic_of(tasks: Sequence[tuple[Any, Cost]], channel: Channel) -> list[Traffic]:
    """Of the tasks of one phase, each an op and what it costs."""
    windows = [_window(op, cost, channel) for op, cost in tasks]
    all_ = list(zip(tasks, windows, strict=True))
    users = Counter(bank for (op, _), window in all_ if window for bank in {port.bank.value for _, port in _ports(op)})
    found = [_alone(op, cost, channel, window, users) for (op, cost), window in all_]
    loads = [each for each in found if each.window]
    return [dataclasses.replace(each, waits=_waits(each, loads)) if each.window else each for each in found]


def _window(op: Any, cost: Cost, channel: Channel) -> float:
    """While the first vector is on its way, the channel serves others."""
    ends = ends_of(cost, channel.interval)
    if ends.reads or not any(_ports(op)):
        return 0
    return ends.cycles - min((write.first for write in ends.writes.values()), default=0)


def _alone(op: Any, cost: Cost, channel: Channel, window: float, users: Mapping[int, int]) -> Traffic:
    banks: dict[int, float] = {}
    moved = 0.0
    for name, port in _ports(op):
        bank = port.bank.value
        cycles, size = channel.cycles(cost, name, users[bank] if window else 1)
        banks[bank], moved = banks.get(bank, 0) + cycles, moved + size
    return Traffic(banks, moved, window)


def _waits(load: Traffic, loads: Iterable[Traffic]) -> float:
    """Of one of ``loads``: in each part of its window, by what those that are as long ask for at once."""
    waits = begin = 0.0
    for end in sorted({min(each.window, load.window) for each in loads}):
        asked = (sum(each.share(bank) for each in loads if each.window >= end) for bank in load.banks)
        waits += (end - begin) * (max([1.0, *asked]) - 1)
        begin = end
    return waits


def _ports(op: Any) -> Iterator[tuple[str, hls.PortOp]]:
    """The ports among the operands of a task, with the operands' names."""
    for name in ("src", "scalars", "dst", "table"):
        value = getattr(op, name, None)
        if value is not None and isinstance(value.owner.opview, hls.PortOp):
            yield name, value.owner.opview
