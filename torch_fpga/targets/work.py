"""What a node or a region asks of a device, whatever the device."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """Bytes, operations and launches.

    Attributes:
        bytes_read: bytes read from memory.
        bytes_written: bytes written to memory.
        flops: arithmetic operations; a multiply-add is two.
        irregular_bytes: the part of the bytes that lies at data-dependent addresses.
        gpu_kernels: kernels that a fusing GPU compiler launches for it.
        sharded_bytes: the part of the bytes that an FPGA kernel reads over several HBM channels at once; the rest
            goes through one.
    """

    bytes_read: int = 0
    bytes_written: int = 0
    flops: int = 0
    irregular_bytes: int = 0
    gpu_kernels: int = 1
    sharded_bytes: int = 0

    @property
    def bytes(self) -> int:
        return self.bytes_read + self.bytes_written

    @property
    def intensity(self) -> float:
        """Operations a byte; 0 where no bytes move."""
        return self.flops / self.bytes if self.bytes else 0.0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.bytes_read + other.bytes_read,
            self.bytes_written + other.bytes_written,
            self.flops + other.flops,
            self.irregular_bytes + other.irregular_bytes,
            self.gpu_kernels + other.gpu_kernels,
            self.sharded_bytes + other.sharded_bytes,
        )


NOTHING = Work(gpu_kernels=0)
