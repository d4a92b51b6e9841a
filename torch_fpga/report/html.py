"""The report as one page: graph, partition table, reasons, kernels, times. Its looks are in page.html, .css and .js."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from torch_fpga.report import kernels, summary, units
from torch_fpga.report.columns import columns, estimate, gap, relative_gap
from torch_fpga.report.drawing import draw
from torch_fpga.report.roofline import roofline
from torch_fpga.report.text import kernel_of

if TYPE_CHECKING:
    from torch_fpga.report.report import Report


def page(report: Report) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # names and source lines come from anywhere
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "size": units.size,
        "count": units.count,
        "time": units.time,
        "energy": units.energy,
        "estimate": estimate,
        "gap": gap,
        "relative_gap": relative_gap,
        "data": summary.data,
        "steps": summary.steps,
        "launch": summary.launch,
        "sizes": summary.sizes,
        "kernel_of": kernel_of,
        "design_line": kernels.line,
    }
    placement = str(report.options.get("placement", ""))
    return environment.get_template("page.html").render(
        report=report,
        columns=columns(placement),
        placement=placement,
        draw=draw,
        totals=summary.totals,
        verdict=summary.verdict,
        by_reason=summary.by_reason,
        judged=kernels.judged,
        resource_bars=kernels.resource_bars,
        task_rows=kernels.rows,
        roofline=roofline,
    )
