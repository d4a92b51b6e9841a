"""Why each super-node is where it is, in the words of ``reasons.py``."""

from __future__ import annotations

from torch_fpga.ops import nbytes
from torch_fpga.options import Options
from torch_fpga.passes.fx.crossover import Kept
from torch_fpga.passes.fx.group import SuperNode
from torch_fpga.passes.fx.policies import POLICIES
from torch_fpga.passes.fx.price import Call, Prices
from torch_fpga.passes.fx.rules import bytes_on_card, moved, room_of
from torch_fpga.reasons import Reason


class Why:
    """The reasons of one placement.

    Args:
        prices: of the problem.
        options: the policy.
        chosen: what was chosen.
        gainful: what would have been chosen with no least gain asked for.
        kept: what the guard kept.
    """

    def __init__(self, prices: Prices, options: Options, chosen: Call, gainful: Call, kept: list[Kept]) -> None:
        self.prices, self.problem, self.options = prices, prices.problem, options
        self.chosen, self.gainful = chosen, gainful
        self.kept = {i: region for region in kept for i in region.ids}
        self.policy = POLICIES[options.placement]
        self.costs = prices.costs(self.policy)
        self.held = bytes_on_card(self.problem, chosen)
        sent = [i for i, there in enumerate(chosen.choice) if there]
        self.there = self.problem.resident_inputs(self.problem.members(sent))

    def reason(self, node: SuperNode) -> Reason:
        """Of one super-node."""
        if node.support is not None:
            return node.support
        if node.is_view:
            return Reason("view")
        here, there = self.costs[node.id]
        if self.chosen.choice[node.id]:
            return Reason(self.policy.chosen, self._figures(node)) if there < here else Reason("with-neighbours")
        if here <= there:
            return Reason(self.policy.refused, self._figures(node))
        if no_room := self._no_room(node):
            return no_room
        if node.id in self.kept:
            return Reason("slower-and-hungrier", self.kept[node.id].words)
        if self.gainful.choice[node.id]:
            return Reason("below-min-gain", f"asked for {self.options.min_partition_gain:.1f} {self.policy.unit}")
        return self._not_worth_it(node)

    def _not_worth_it(self, node: SuperNode) -> Reason:
        """What the node alone is worth, and what its way there and its launch take."""
        here, there = self.costs[node.id]
        unit, choice = self.policy.unit, self.chosen.choice
        touching = self.prices.touching[node.id]
        link = [self.prices.link_segment(touching, c) for c in (moved(choice, [node.id], there=True), choice)]
        more = self.policy.segment(self.problem, link[0]) - self.policy.segment(self.problem, link[1])
        launch = self.policy.segment(self.problem, self.prices.launch)
        code = "link-cost" if more >= here - there else "no-gain"
        return Reason(code, f"worth {here - there:.1f} {unit}, link {more:.1f} {unit}, launch {launch:.1f} {unit}")

    def _no_room(self, node: SuperNode) -> Reason | None:
        """The card's memory cannot hold it beside what is there."""
        new = self.problem.resident_inputs(node.nodes) - self.there
        size = sum(nbytes(source.meta["val"]) for source in new)
        passing, room = self.problem.passing_bytes(node.nodes), room_of(self.problem)
        # Where the policy sends all that it can, there is no other cause, though one of those that left would fit.
        if self.policy.searched and self.held + size + passing <= room:
            return None
        what = f"{_gib(size)} of parameters" + (f" and {_gib(passing)} of other tensors" if passing else "")
        taken = f", {_gib(self.held)} of it taken" if self.held else ""
        return Reason("card-memory", f"{what}, {self.problem.fpga.name} has {_gib(room)}{taken}")

    def _figures(self, node: SuperNode) -> str:
        if not self.policy.searched:
            return ""
        if self.options.placement == "memory_bound":
            return f"{node.work.intensity:.2f} operations a byte, ridge {self.problem.fpga.ridge:.2f}"
        here, there = self.costs[node.id]
        unit = self.policy.unit
        return f"{here:.1f} {unit} on the GPU, {there:.1f} {unit} in a kernel of its own, without launch and link"


def _gib(size: int) -> str:
    return f"{size / (1 << 30):,.1f} GiB" if size >= 1 << 27 else f"{size / (1 << 20):,.1f} MiB"
