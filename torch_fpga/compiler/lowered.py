"""What lowering makes of an FPGA region."""

from __future__ import annotations

import dataclasses

from torch_fpga.runtime.signature import Signature


@dataclasses.dataclass(frozen=True)
class Lowered:
    """A kernel's text and what it takes and gives. ``lowered_once`` gives equal names only to equal kernels."""

    name: str
    source: str
    signature: Signature
