"""What ran where, why, and what it cost: as data, as text and as a page."""

from torch_fpga.report.data import (
    EdgeReport,
    FallbackReport,
    GapReport,
    GraphReport,
    NodeReport,
    RegionReport,
    Report,
    StepTime,
)

__all__ = [
    "EdgeReport",
    "FallbackReport",
    "GapReport",
    "GraphReport",
    "NodeReport",
    "RegionReport",
    "Report",
    "StepTime",
]
