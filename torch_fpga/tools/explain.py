"""``torch_fpga.explain``: everything up to placement, and the judgement of the kernels; nothing is built."""

from __future__ import annotations

from typing import Any

from torch_fpga.compiler.region_code import EagerGraph
from torch_fpga.errors import UserError
from torch_fpga.options import Options
from torch_fpga.report import Report
from torch_fpga.tools.run_planned import run_planned


def explain(model: Any, *inputs: Any, **options: Any) -> Report:
    """See ``torch_fpga.explain``."""
    report = run_planned(model, inputs, Options.parse(options), lambda plan: EagerGraph(plan.graph).forward)
    if report is None:
        raise UserError("nothing was captured: the model has no tensor operation that torch.compile can see")
    return report
