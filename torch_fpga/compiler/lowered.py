"""What lowering makes of an FPGA region."""

from __future__ import annotations

import dataclasses

from torch_fpga.runtime.signature import Signature


@dataclasses.dataclass(frozen=True)
class Lowered:
    """A kernel that was lowered and not built.

    Attributes:
        name: of its C++ function. ``lowered_once`` gives equal names only to equal kernels.
        source: its C++.
        signature: what it takes and gives.
    """

    name: str
    source: str
    signature: Signature
