"""``torch_fpga.explain``: everything up to placement, and the judgement of the kernels; nothing is built."""

from __future__ import annotations

from typing import Any

from torch_fpga.compiler.plan import Plan
from torch_fpga.compiler.price import Prices
from torch_fpga.compiler.region_code import Compiled, forward_of
from torch_fpga.errors import UserError
from torch_fpga.options import Options
from torch_fpga.report import Report
from torch_fpga.runtime.cache import Cache
from torch_fpga.targets.kernel import kernel_options
from torch_fpga.tools.run_planned import run_planned


def explain(model: Any, *inputs: Any, **options: Any) -> Report:
    """See ``torch_fpga.explain``."""
    report = run_planned(model, inputs, Options.parse(options), _judged)
    if report is None:
        raise UserError("nothing was captured: the model has no tensor operation that torch.compile can see")
    return report


def _judged(plan: Plan) -> Compiled:
    """Eager PyTorch, after the regions' kernels have been judged."""
    options = plan.request.options
    prices = Prices(Cache(options.cache_dir), kernel_options(options.target))
    for region in plan.report.on("fpga"):
        region.design = prices.design([node for node in plan.graph.graph.nodes if node.meta.get("region") == region.id])
    return forward_of(plan.graph)
