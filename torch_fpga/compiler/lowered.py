"""What lowering makes of an FPGA region."""

from __future__ import annotations

import dataclasses

from torch_fpga.report.design import DesignReport
from torch_fpga.runtime.signature import Signature


@dataclasses.dataclass(frozen=True)
class Lowered:
    """A kernel that was lowered and not built.

    Attributes:
        name: of its C++ function. ``lowered_once`` gives equal names only to equal kernels.
        source: its C++.
        signature: what it takes and gives.
        design: what the judge says of it.
        lines: the user's line of each operation of the region that it was lowered for, in order.
        small: where sizes vary, the kernel of those for which this one would have blocks without rows; None if there
            are none.
    """

    name: str
    source: str
    signature: Signature
    design: DesignReport
    lines: tuple[str, ...] = ()
    small: Lowered | None = None

    @property
    def all(self) -> list[Lowered]:
        """It and the one for small sizes."""
        return [self] if self.small is None else [self, self.small]
