"""What lowering decides by, beside the graph."""

from __future__ import annotations

import dataclasses

from torch_fpga.targets.card import load_card
from torch_fpga.targets.fpga import load_target


@dataclasses.dataclass(frozen=True)
class KernelOptions:
    """What the MLIR passes are given: equal graphs lowered by equal options are equal kernels.

    Attributes:
        target: the card.
        memory_channels: of the card, over which the buffers of a kernel are spread.
        shard_channels: over how many of them at most a large matrix is sharded.
        ports: to memory that a kernel may have.
        row_blocks: into how many blocks at most the rows are split of what works on rows apart.
        lanes: of an ordinary stream; 16 floats are 512 bits, the width of an HBM port at which it is fastest (UG1393).
        port_bits: of a memory port, which a stream fills that goes to no other stage.
        on_chip_bytes: scratch up to this size is kept on chip; 1 MiB of the 33 MiB of UltraRAM of a U55C.
        block_ram_bytes: of that, up to this size in block RAM.
        fifo_vectors: the deepest FIFO; 1,024 vectors of 16 floats take 16 UltraRAMs.
        memory_latency: vectors that a FIFO behind a read from memory holds; a read takes about 64 cycles.
        task_latency: vectors that any other FIFO holds.
        whole_groups: whether blocks of rows have whole groups of them, as attention has groups of keys: then they are
            alike for any number of rows in a group.
        one_by_one: whether the vectors of a product meet its matrix one after the other.
        by_elements: whether tensors that lie in one piece are moved by elements, though their rows be whole vectors.
    """

    target: str
    memory_channels: int
    shard_channels: int
    ports: int
    row_blocks: int = 64
    lanes: int = 16
    port_bits: int = 512
    on_chip_bytes: int = 1 << 20
    block_ram_bytes: int = 4096
    fifo_vectors: int = 1024
    memory_latency: int = 64
    task_latency: int = 8
    whole_groups: bool = False
    one_by_one: bool = False
    by_elements: bool = False

    def key(self) -> str:
        """A text that differs whenever kernels may differ."""
        return repr(sorted(dataclasses.asdict(self).items()))


def kernel_options(target: str) -> KernelOptions:
    """Those of the card of ``<target>.toml``."""
    card = load_target(target)
    return KernelOptions(target, card.memory_channels, card.shard_channels, load_card(target).room["ports"])
