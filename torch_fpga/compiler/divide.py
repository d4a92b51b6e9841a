"""The second step of three: a placed graph cut into regions, and what calls them. ``export`` stops here."""

from __future__ import annotations

import dataclasses

from torch_fpga.compiler.plan import Plan
from torch_fpga.compiler.region_code import Linking, linking_of
from torch_fpga.compiler.stamped import stamped
from torch_fpga.passes.fx.pipeline import DIVIDE
from torch_fpga.passes.fx.split import RegionGraph, split


@dataclasses.dataclass(frozen=True)
class Divided:
    """The graph of each region, in the order they run in, and what calls them one after the other."""

    plan: Plan
    regions: list[RegionGraph]
    linking: Linking


@stamped()
def divide(plan: Plan) -> Divided:
    """Cuts the graph of ``plan``, which is not to be used afterwards."""
    graph, dump, timed = plan.graph, plan.request.dump, plan.steps.timed
    for step in DIVIDE:
        timed("split", step, graph)
        dump.graph(step.__name__, graph)
    whole, regions = timed("split", split, graph)
    dump.graph("split", whole)
    return Divided(plan, regions, linking_of(whole))
