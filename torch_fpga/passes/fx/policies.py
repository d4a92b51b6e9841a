"""What each placement policy makes the least, over a whole call.

``latency`` is the time of the call and ``energy`` its energy, as ``price`` gives them. ``memory_bound`` is, in us,

    sum of cost(n, d(n)) over super-nodes n  +  what crosses the link  +  a launch for each FPGA region

With t(n, d) for the time of n on device d, I(n) for its operations a byte, and the ridge R, at which the FPGA computes
as long as it moves bytes:

    I(n) <  R:  cost(n, GPU) = t(n, GPU)    cost(n, FPGA) = 0
    I(n) >= R:  cost(n, GPU) = 0            cost(n, FPGA) = t(n, GPU) + t(n, FPGA)

Below the ridge the GPU's time is the cost: the policy frees the GPU of it, whether or not the FPGA is faster. Above the
ridge the GPU is the right device; there a super-node goes along only if that spares the link more than the super-node
takes on both devices together. ``fpga`` sends everything it can, and makes the time the least in what is left to choose
(where views are); ``gpu`` sends nothing.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

from torch_fpga.passes.fx.group import SuperNode
from torch_fpga.passes.fx.mincut import Cost
from torch_fpga.passes.fx.problem import Choice, Problem
from torch_fpga.targets.call import CallCost, Segment, call_cost, on_fpga, on_gpu

VIEW_PULL = 1e-6
"""What a view costs on the GPU, in the policy's unit; it costs 0 on the FPGA.

Where both devices are equal for a view, this sends it to the FPGA, where it is read; next to any real cost it is
nothing.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """What is made the least, and how a super-node alone is seen.

    Attributes:
        measure: of a choice, its FPGA regions' number, the costs of its super-nodes and what the call costs.
        cost: of a super-node on the GPU and on the FPGA, in ``unit``: the start of the search and the words of a
            reason. The part on the GPU is also what the measure grows by at least.
        linear: the part on the FPGA is, too.
        segment: what a launch or a crossing tensor adds to the measure at least.
        chosen: the reason code of a super-node on the FPGA that costs less there.
        refused: the reason code of one on the GPU that costs no more there.
        guarded: what makes a call both slower and hungrier stays on the GPU.
        searched: there is a choice beside where views are.
        unit: us or uJ.
    """

    measure: Callable[[Problem, Sequence[Cost], Choice, int, CallCost], float]
    cost: Callable[[Problem, SuperNode], Cost]
    segment: Callable[[Problem, Segment], float]
    chosen: str
    refused: str
    linear: bool = False
    guarded: bool = False
    searched: bool = True
    unit: str = "us"

    def costs(self, problem: Problem) -> list[Cost]:
        """Of every super-node; infinite where it cannot be."""
        return [self._cost(problem, node) for node in problem.nodes]

    def _cost(self, problem: Problem, node: SuperNode) -> Cost:
        here, there = (VIEW_PULL, 0.0) if node.is_view else self.cost(problem, node)
        if problem.can_move(node):
            return here, there
        return 0.0 if math.isinf(here) else here, math.inf


def _latency(problem: Problem, node: SuperNode) -> Cost:
    return problem.gpu.time_us(node.work), problem.fpga.time_us(node.work)


def _energy(problem: Problem, node: SuperNode) -> Cost:
    there = on_fpga(problem.fpga, problem.fpga.time_us(node.work))
    alone = dataclasses.replace(there, us=there.busy_us)
    return (
        call_cost([on_gpu(problem.gpu, node.work)], problem.gpu, None).uj,
        call_cost([alone], problem.gpu, problem.fpga).uj,
    )


def _memory_bound(problem: Problem, node: SuperNode) -> Cost:
    on_gpu_us = problem.gpu.time_us(node.work)
    if node.work.intensity < problem.fpga.ridge:
        return on_gpu_us, 0.0
    return 0.0, on_gpu_us + problem.fpga.time_us(node.work)


def _freed_us(problem: Problem, costs: Sequence[Cost], choice: Choice, regions: int, cost: CallCost) -> float:
    """Infinite where a kernel cannot be made."""
    if math.isinf(cost.us):
        return math.inf
    own = math.fsum(each[there] for each, there in zip(costs, choice, strict=True))
    return own + cost.link_us + regions * problem.fpga.launch_us


def _us(problem: Problem, costs: Sequence[Cost], choice: Choice, regions: int, cost: CallCost) -> float:
    return cost.us


def _uj(problem: Problem, costs: Sequence[Cost], choice: Choice, regions: int, cost: CallCost) -> float:
    return cost.uj


def _segment_us(problem: Problem, segment: Segment) -> float:
    return segment.us


def _segment_uj(problem: Problem, segment: Segment) -> float:
    """The card is there: it has a launch, or a tensor that came over."""
    return call_cost([segment], problem.gpu, problem.fpga).uj


def _all_there(problem: Problem, node: SuperNode) -> Cost:
    return math.inf, 0.0


def _none_there(problem: Problem, node: SuperNode) -> Cost:
    return 0.0, math.inf


POLICIES: dict[str, Policy] = {
    "memory_bound": Policy(
        _freed_us, _memory_bound, _segment_us, "memory-bound", "compute-bound", linear=True, guarded=True
    ),
    "latency": Policy(_us, _latency, _segment_us, "lower-latency", "slower-on-fpga"),
    "energy": Policy(_uj, _energy, _segment_uj, "lower-energy", "slower-on-fpga", unit="uJ"),
    "fpga": Policy(_us, _all_there, _segment_us, "policy-fpga", "policy-fpga", searched=False),
    "gpu": Policy(_us, _none_there, _segment_us, "policy-gpu", "policy-gpu", searched=False),
}
