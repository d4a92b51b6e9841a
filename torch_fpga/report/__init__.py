"""What ran where, why, and what it cost: as data, as text and as a page."""

from torch_fpga.report.data import (
    CostReport,
    EdgeReport,
    FallbackReport,
    GapReport,
    GraphReport,
    NodeReport,
    RegionReport,
    StepTime,
)
from torch_fpga.report.report import Report

__all__ = [
    "CostReport",
    "EdgeReport",
    "FallbackReport",
    "GapReport",
    "GraphReport",
    "NodeReport",
    "RegionReport",
    "Report",
    "StepTime",
]
