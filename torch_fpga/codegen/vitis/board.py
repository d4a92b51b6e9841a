"""What the tools have to know of a card.

Sources: AMD's platform and part names as HeteroLLM and the cards' platform packages spell them; UG1393 for the HBM of
the U55C and the U280. The HBM of the V80 (64 channels, 32 GB) is SLASH's README's.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Board:
    """A card.

    Attributes:
        title: as AMD calls it.
        part: the FPGA, for synthesis.
        platform: the Vitis platform that kernels are linked into; None where there is none.
        hbm_region: the die (SLR) that the HBM is attached to; None on a card that is not placed by hand.
        channels: of the HBM (pseudo-channels).
        channel_bytes: of one of them.
    """

    title: str
    part: str
    platform: str | None
    hbm_region: str | None
    channels: int
    channel_bytes: int


BOARDS = {
    "u55c": Board(
        title="Alveo U55C",
        part="xcu55c-fsvh2892-2L-e",
        platform="xilinx_u55c_gen3x16_xdma_3_202210_1",
        hbm_region="SLR0",
        channels=32,
        channel_bytes=512 << 20,
    ),
    "u280": Board(
        title="Alveo U280",
        part="xcu280-fsvh2892-2L-e",
        platform="xilinx_u280_gen3x16_xdma_1_202211_1",
        hbm_region="SLR0",
        channels=32,
        channel_bytes=256 << 20,
    ),
    "v80": Board(
        title="Alveo V80",
        part="xcv80-lsva4737-2MHP-e-S",
        platform=None,
        hbm_region=None,
        channels=64,
        channel_bytes=512 << 20,
    ),
}
