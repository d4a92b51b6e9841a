"""``hw``: a real card through XRT, with an xclbin that was built from an exported Vitis project."""

from __future__ import annotations

from collections.abc import Sequence

from torch_fpga.errors import ToolError
from torch_fpga.runtime.build import Built
from torch_fpga.runtime.xrt.image import XrtImage


class Card:
    """A card. Not there yet."""

    name = "hw"

    def __init__(self, reason: str, timeout: float) -> None:
        self.reason, self.timeout = reason, timeout
        raise ToolError("no card", code="no-card")

    def prepare(self) -> None:
        """Nothing: the xclbin is built."""

    def load(self, kernels: Sequence[Built]) -> XrtImage:
        raise NotImplementedError
