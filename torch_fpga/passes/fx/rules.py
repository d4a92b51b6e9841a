"""What a call must keep to, whatever the policy wants: the card's memory, the guard of the default, the least gain.

The guard: work that the policy would send stays on the GPU where the call would be both slower and hungrier with it on
the FPGA, for one region as for all of them. So no default makes a user worse off by the figures of the report.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from torch import fx

from torch_fpga.ops import nbytes
from torch_fpga.passes.fx.policies import Policy
from torch_fpga.passes.fx.price import Call, Prices
from torch_fpga.passes.fx.problem import Choice, Problem
from torch_fpga.targets.call import CallCost


def worse(call: CallCost, other: CallCost) -> bool:
    """``call`` is both slower and hungrier than ``other``."""
    return call.us > other.us and call.uj > other.uj


@dataclasses.dataclass(frozen=True)
class Rules:
    """The rules of one search.

    Attributes:
        guard: whether the guard holds.
        least_gain: what every region must gain, in the policy's unit.
    """

    prices: Prices
    policy: Policy
    guard: bool = False
    least_gain: float = 0.0

    def gain(self, call: Call, region: int) -> float:
        """What the measure of the policy would grow by if the FPGA region went back to the GPU."""
        problem, costs, count = self.prices.problem, self.prices.costs(self.policy), len(call.kernels)
        there = self.policy.measure(problem, costs, call.choice, count, call.cost)
        choice = moved(call.choice, call.members[region], there=False)
        return self.policy.measure(problem, costs, choice, count - 1, self.prices.without(call, region)) - there

    def refuses(self, call: Call, region: int) -> bool:
        """One region of the call keeps it from being allowed."""
        if self.guard and worse(call.cost, self.prices.without(call, region)):
            return True
        return self.least_gain > 0 and self.gain(call, region) < self.least_gain

    def allow(self, call: Call) -> bool:
        """The call is one that may be chosen. All on the GPU is."""
        if not call.kernels:
            return True
        if any(self.refuses(call, region) for region in call.kernels):
            return False
        here = self.prices.call([False] * len(call.choice))
        fits = bytes_on_card(self.prices.problem, call) <= room_of(self.prices.problem)
        return fits and not (self.guard and worse(call.cost, here.cost))


def room_of(problem: Problem) -> int:
    """Bytes of the card's memory."""
    return int(problem.fpga.memory_gib * (1 << 30))


def bytes_on_card(problem: Problem, call: Call) -> int:
    """Parameters, each once for all that read it, and the tensors that regions take and give."""
    regions = [problem.members(call.members[region]) for region in call.kernels]
    held: set[fx.Node] = set().union(*(problem.resident_inputs(nodes) for nodes in regions))
    return _size(held) + sum(problem.passing_bytes(nodes) for nodes in regions)


def fitted(rules: Rules, call: Call) -> Call:
    """The call without the super-nodes that the card's memory has no room for; what gains most is served first."""
    problem = rules.prices.problem
    while (over := bytes_on_card(problem, call) - room_of(problem)) > 0:
        leaving = {region: _largest(problem, call.members[region]) for region in call.kernels}
        # Regions that hold next to nothing stay: without them there is no more room.
        least = min(over / len(leaving), max(freed for _, freed in leaving.values()))
        gone: list[int] = []
        for region in sorted(leaving, key=lambda region: rules.gain(call, region)):
            ids, freed = leaving[region]
            if freed >= least and over > 0:
                gone, over = gone + ids, over - freed
        call = rules.prices.call(moved(call.choice, gone, there=False))
    return call


def _largest(problem: Problem, ids: list[int]) -> tuple[list[int], int]:
    """What of a region is to leave the card, and about how many bytes with it: the super-node that reads most
    parameters, or all of a region that reads none."""
    held = {i: _size(problem.resident_inputs(problem.nodes[i].nodes)) for i in ids}
    most = max(ids, key=held.__getitem__)
    return ([most], held[most]) if held[most] else (ids, problem.passing_bytes(problem.members(ids)))


def _size(nodes: Iterable[fx.Node]) -> int:
    return sum(nbytes(node.meta["val"]) for node in nodes)


def moved(choice: Choice, ids: list[int], there: bool) -> Choice:
    """The choice with super-nodes on one device."""
    changed = list(choice)
    for i in ids:
        changed[i] = there
    return tuple(changed)
