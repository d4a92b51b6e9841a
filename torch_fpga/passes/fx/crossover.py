"""What the guard kept on the GPU, and from which size, batch or card on it would go.

A region is priced alone, beside the rest of the call on the GPU, at sizes that double. Its work grows as the size that
is doubled: all of it with the rows of what is resident, while what crosses the link stays; and with the batch all but
the bytes of what is resident. The time in its kernel grows as the roofline of the card says.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator

from torch_fpga.ops import nbytes
from torch_fpga.options import TARGETS
from torch_fpga.passes.fx.mincut import crosses, starts_on_fpga
from torch_fpga.passes.fx.price import Call, Prices
from torch_fpga.passes.fx.rules import moved, worse
from torch_fpga.passes.fx.same_work import same_work
from torch_fpga.targets.call import CallCost, Segment, call_cost, on_fpga, over_link
from torch_fpga.targets.fpga import Fpga, load_target
from torch_fpga.targets.launch import launching, started
from torch_fpga.targets.link import Link, load_link
from torch_fpga.targets.work import Work

DOUBLINGS = 20
"""Sizes that are tried: up to a million times the present one."""


@dataclasses.dataclass(frozen=True)
class Kept:
    """A region that the guard kept on the GPU.

    Attributes:
        ids: its super-nodes.
        slower_us: what a call would take longer with it on the FPGA, and all else on the GPU.
        hungrier_uj: what it would take more energy.
        rows: how many times the rows of what is resident it goes from; None if at no size tried.
        batch: the same for the batch.
        cards: on which other cards it goes at the present size.
    """

    ids: tuple[int, ...]
    slower_us: float
    hungrier_uj: float
    rows: int | None
    batch: int | None
    cards: tuple[str, ...]

    @property
    def words(self) -> str:
        ways = [f"{n} times its {what}" for n, what in ((self.rows, "resident rows"), (self.batch, "batch")) if n]
        ways += [f"a {card}" for card in self.cards]
        where = f"it would go with {' or '.join(ways)}" if ways else "it would go at no size tried"
        return f"the call would take {self.slower_us:.1f} us and {self.hungrier_uj:.1f} uJ more; {where}"


def kept(prices: Prices, wanted: Call, chosen: Call, host: str, target: str) -> Iterator[Kept]:
    """Of the regions of ``wanted``, which the policy would send without the guard, those of which nothing is sent."""
    found: dict[object, Kept] = {}
    for region in wanted.kernels:
        ids = wanted.members[region]
        if any(chosen.choice[i] for i in ids):
            continue
        work = same_work(prices.problem.members(ids), prices.problem.resident)
        if work not in found:
            found[work] = _Region(prices, ids, wanted.kernels[region].us, host).kept(target)
        yield dataclasses.replace(found[work], ids=tuple(ids))


class _Region:
    """One region alone on the FPGA, at any size."""

    def __init__(self, prices: Prices, ids: list[int], kernel_us: float, host: str) -> None:
        problem = prices.problem
        here = prices.call([False] * len(problem.nodes))
        alone = moved(here.choice, ids, there=True)
        nodes = problem.members(ids)
        self.problem, self.ids, self.host = problem, ids, host
        self.kernel_us, self.work = kernel_us, prices.work(ids)
        self.parts = [problem.nodes[i].work for i in ids]
        self.rest = prices.gpu_segment(i for i, there in enumerate(alone) if not there)
        self.crossing = [tensor for tensor in problem.tensors if crosses(tensor, alone)]
        self.alone = alone
        self.resident = sum(nbytes(node.meta["val"]) for node in problem.resident_inputs(nodes))

    def kept(self, target: str) -> Kept:
        card, link = self.problem.fpga, self.problem.link
        here, there = self.calls(card, link, 1, 1)
        # A card that is not the target is launched by what it has.
        wanted = "xrt" if self.problem.launch == "xrt" else "auto"
        others = {name: load_target(name) for name in TARGETS if name != target}
        cards = [
            name
            for name, other in others.items()
            if self.goes(started(other, launching(wanted, name, other)), load_link(self.host, name))
        ]
        return Kept(
            ids=tuple(self.ids),
            slower_us=there.us - here.us,
            hungrier_uj=there.uj - here.uj,
            rows=self.least(lambda n: self.goes(card, link, rows=n)) if self.resident else None,
            batch=self.least(lambda n: self.goes(card, link, batch=n)),
            cards=tuple(cards),
        )

    def least(self, goes: Callable[[int], bool]) -> int | None:
        """The first of the doubled sizes at which it goes."""
        return next((1 << n for n in range(1, DOUBLINGS + 1) if goes(1 << n)), None)

    def goes(self, card: Fpga, link: Link, rows: int = 1, batch: int = 1) -> bool:
        """Memory-bound still, with room on the card, and not both slower and hungrier."""
        work = self.scaled(self.work, rows, batch)
        held = rows * self.resident + batch * sum(tensor.nbytes for tensor in self.crossing)
        if held > card.memory_gib * (1 << 30) or work.intensity >= card.ridge:
            return False
        here, there = self.calls(card, link, rows, batch)
        return not worse(there, here)

    def calls(self, card: Fpga, link: Link, rows: int, batch: int) -> tuple[CallCost, CallCost]:
        """All on the GPU, and with the region on the FPGA."""
        gpu = self.problem.gpu
        parts = [self.scaled(part, rows, batch) for part in self.parts]
        there = [tensor for tensor in self.crossing if not starts_on_fpga(tensor, self.alone)]
        back = [tensor for tensor in self.crossing if starts_on_fpga(tensor, self.alone)]
        transfers = over_link(link, *([batch * tensor.nbytes for tensor in way] for way in (there, back)))
        before = self.problem.fpga.time_us(self.work)
        grown = card.time_us(self.scaled(self.work, rows, batch)) / before if before else 1.0
        here = Segment("gpu", math.fsum(map(gpu.time_us, parts)), math.fsum(map(gpu.busy_us, parts)))
        kernel = on_fpga(card, self.kernel_us * grown)
        return call_cost([self.rest, here], gpu, None), call_cost([self.rest, transfers, kernel], gpu, card)

    def scaled(self, work: Work, rows: int, batch: int) -> Work:
        """The work with so many times the rows and the batch."""
        stays = min(work.bytes_read, self.resident)
        return dataclasses.replace(
            work,
            bytes_read=rows * (stays + batch * (work.bytes_read - stays)),
            bytes_written=rows * batch * work.bytes_written,
            flops=rows * batch * work.flops,
            irregular_bytes=rows * batch * work.irregular_bytes,
            sharded_bytes=rows * work.sharded_bytes,
        )
