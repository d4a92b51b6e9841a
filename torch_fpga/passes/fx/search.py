"""Finds the choice of devices that a policy's measure makes the least.

Small graphs are searched through: super-nodes get their devices in order, and a branch ends where what is decided
already costs more than the best choice known. Large ones start from the minimum cut, which knows no launch and no
fusion, and are then mended by moves priced in full. All on the GPU is always among the choices: no result is worse,
but under the policy that sends all it can.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from torch_fpga.passes.fx.mincut import LinkTensor, minimum_cut
from torch_fpga.passes.fx.policies import VIEW_PULL, Policy
from torch_fpga.passes.fx.price import Call, Prices
from torch_fpga.passes.fx.problem import Choice
from torch_fpga.passes.fx.rules import Rules, fitted, moved
from torch_fpga.passes.fx.same_work import same_work

SEARCHED_THROUGH = 12
"""Super-nodes that have a choice, up to which every choice is considered."""

MOST_TRIED = 150
"""Moves that are priced in a large graph; some milliseconds each."""


class Search:
    """Searches under one policy, as often as wanted with other rules."""

    def __init__(self, prices: Prices, policy: Policy) -> None:
        self.prices, self.policy, self.problem = prices, policy, prices.problem
        self.costs = prices.costs(policy)
        nodes = self.problem.nodes
        self.views = [node.id for node in nodes if node.is_view]
        self.here = prices.call([False] * len(nodes))
        self.cut: Choice = tuple(minimum_cut(self.costs, self.problem.tensors)[1])
        # Where the policy leaves no choice, views have one among what it sends.
        self.free = [n.id for n in nodes if self.problem.can_move(n) and (policy.searched or n.is_view)]

    def measure(self, call: Call) -> float:
        """What the policy makes the least, with the pull on views."""
        own = self.policy.measure(self.problem, self.costs, call.choice, len(call.kernels), call.cost)
        return own + VIEW_PULL * sum(not call.choice[i] for i in self.views)

    def best(self, rules: Rules) -> Call:
        """The best call among those that are allowed."""
        if not self.policy.searched:
            start = fitted(rules, self.prices.call(self.cut))
            if not start.kernels or len(self.free) > SEARCHED_THROUGH:
                return start  # the minimum cut has put views where they spare the link
            return _Through(self, start, rules, self.free).best()
        start = min(self.here, self._mended(rules), key=self.measure)
        if len(self.free) <= SEARCHED_THROUGH:
            return _Through(self, start, rules, self.free).best()
        return self._moves(start, rules)

    def _mended(self, rules: Rules) -> Call:
        """The minimum cut without the regions that gain nothing or are not allowed."""
        call = self.prices.call(self.cut)
        while back := [region for region in call.kernels if self._goes_back(call, region, rules)]:
            call = self.prices.call(moved(call.choice, [i for r in back for i in call.members[r]], there=False))
        call = fitted(rules, call)
        return call if rules.allow(call) else self.here

    def _goes_back(self, call: Call, region: int, rules: Rules) -> bool:
        known = math.isfinite(call.kernels[region].us)
        return not known or rules.gain(call, region) <= 0 or rules.refuses(call, region)

    def _moves(self, best: Call, rules: Rules) -> Call:
        """Moves that make the call better, until there is none or enough were tried."""
        tried: set[Choice] = set()
        improved = True
        while improved:
            improved = False
            for ids, there in self._candidates(best):
                choice = moved(best.choice, ids, there)
                if choice in tried or len(tried) >= MOST_TRIED:
                    continue
                tried.add(choice)
                call = self.prices.call(choice)
                if self.measure(call) < self.measure(best) - 1e-9 and rules.allow(call):
                    best, improved = call, True
                    break
        return best

    def _candidates(self, call: Call) -> Iterator[tuple[list[int], bool]]:
        """Regions of equal work back to the GPU; then super-nodes at a border to its other side, equal ones at once."""
        regions: dict[object, list[int]] = {}
        for region in call.kernels:
            regions.setdefault(self._key(call.members[region]), []).extend(call.members[region])
        for ids in regions.values():
            yield ids, False
        border = {i for a, b in self.problem.edges if call.choice[a] != call.choice[b] for i in (a, b)}
        alike: dict[object, list[int]] = {}
        for i in sorted(border & set(self.free)):
            alike.setdefault((self._key([i]), call.choice[i]), []).append(i)
        for ids in alike.values():
            yield ids, not call.choice[ids[0]]

    def _key(self, ids: Iterable[int]) -> object:
        return same_work(self.problem.members(ids), self.problem.resident)


class _Through:
    """Every choice for the free super-nodes, in order, but what cannot be better."""

    def __init__(self, search: Search, start: Call, rules: Rules, free: list[int]) -> None:
        self.search, self.rules, self.free = search, rules, free
        self.prices, self.problem, self.policy = search.prices, search.problem, search.policy
        self.call, self.least = start, search.measure(start)
        self.choice = list(start.choice)
        self.open = set(free)
        self.crossed: set[int] = set()
        self.launch = self.policy.segment(self.problem, self.prices.launch)

    def best(self) -> Call:
        fixed = [i for i in range(len(self.choice)) if i not in self.open]
        spent = math.fsum(self._own(i) for i in fixed) + self._crossing(self.problem.tensors)
        self._visit(0, spent, any(self.choice[i] for i in fixed))
        return self.call

    def _visit(self, at: int, spent: float, launched: bool) -> None:
        """``spent`` is what the choice costs at least, however the rest is chosen."""
        if spent >= self.least - 1e-9:
            return
        if at == len(self.free):
            self._consider()
            return
        i = self.free[at]
        self.open.remove(i)
        for there in (False, True):
            self.choice[i] = there
            before = set(self.crossed)
            more = self._own(i) + self._crossing(self.prices.touching[i])
            first = self.launch if there and not launched else 0.0
            self._visit(at + 1, spent + more + first, launched or there)
            self.crossed = before
        self.open.add(i)

    def _consider(self) -> None:
        """Asks no price of a kernel for a choice that would not do if its kernels were as fast as can be."""
        for least in (True, False):
            call = self.prices.call(self.choice, least)
            if self.search.measure(call) >= self.least - 1e-9:
                return
        if self.rules.allow(call):
            self.call, self.least = call, self.search.measure(call)

    def _own(self, i: int) -> float:
        """What a super-node adds to the measure at least."""
        cost = self.search.costs[i][self.choice[i]]
        return 0.0 if math.isinf(cost) or (self.choice[i] and not self.policy.linear) else cost

    def _crossing(self, tensors: Iterable[LinkTensor]) -> float:
        """What the tensors add that are now known to cross."""
        new = [t for t in tensors if id(t) not in self.crossed and self._crosses(t)]
        self.crossed.update(map(id, new))
        return self.policy.segment(self.problem, self.prices.link_segment(new, self.choice)) if new else 0.0

    def _crosses(self, tensor: LinkTensor) -> bool:
        """Whatever the super-nodes that are still open will be."""
        if tensor.producer in self.open:
            return False
        start = tensor.producer is not None and self.choice[tensor.producer]
        needed = {self.choice[reader] for reader in tensor.readers if reader not in self.open}
        return (not start) in needed or (start and tensor.output)
