"""What a kernel takes and gives: the tensors of its region, and the arguments of its C++ function."""

from __future__ import annotations

import dataclasses

import torch


@dataclasses.dataclass(frozen=True)
class Layout:
    """How a tensor lies in memory: what the kernel was built for."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype

    @staticmethod
    def of(tensor: torch.Tensor) -> Layout:
        return Layout(tuple(tensor.shape), tuple(tensor.stride()), tensor.dtype)

    @property
    def contiguous(self) -> bool:
        return torch.empty_strided(self.shape, self.strides, dtype=self.dtype, device="meta").is_contiguous()


@dataclasses.dataclass(frozen=True)
class Port:
    """A pointer argument of a kernel, an AXI master on the card.

    Attributes:
        name: of the argument.
        role: ``in``, ``out`` or ``scratch``.
        arg: which input, output or scratch it points to.
        elements: of the tensor, in its storage; of a sharded matrix of all channels together.
        dtype: of an element.
        bundle: the AXI bundle, ``gmem0``.
        bank: the channel of the card's memory (HBM) that the buffer lies in.
        channel: of a tensor sharded over ``channels`` banks, this port reads block number ``channel``.
        channels: 1 for a tensor in one piece.
        block_elements: of a block of a sharded tensor; the last one has what remains.
        lanes: elements that the pointer's type has: of a vector, which is aligned to its size, or 1.
    """

    name: str
    role: str
    arg: int
    elements: int
    dtype: torch.dtype
    bundle: str = ""
    bank: int = 0
    channel: int = 0
    channels: int = 1
    block_elements: int = 0
    lanes: int = 1

    @property
    def bytes(self) -> int:
        """Of the buffer behind the port: the tensor's, or a block of it."""
        rest = self.elements - self.channel * self.block_elements
        return (self.elements if self.channels == 1 else min(self.block_elements, rest)) * self.dtype.itemsize

    @property
    def read_bytes(self) -> int:
        """The same in whole vectors: what fills up the last one may be anything, but has to be there."""
        vector = self.lanes * self.dtype.itemsize
        return -(-self.bytes // vector) * vector

    @property
    def first_byte(self) -> int:
        """Where in the tensor the block begins."""
        return self.channel * self.block_elements * self.dtype.itemsize


@dataclasses.dataclass(frozen=True)
class Scalar:
    """A scalar argument, after all ports, and what every launch gives it."""

    name: str
    value: int


@dataclasses.dataclass(frozen=True)
class Signature:
    """The arguments of a kernel in order, ports then scalars; its region's inputs and outputs as tensors.

    ``device`` is where the results go if no tensor comes in whose device they could follow.
    """

    ports: tuple[Port, ...]
    scalars: tuple[Scalar, ...]
    inputs: tuple[Layout, ...]
    outputs: tuple[Layout, ...]
    device: str = "cpu"

    def device_of(self, tensors: tuple[torch.Tensor, ...]) -> torch.device:
        """Where the results of a launch on ``tensors`` go."""
        return tensors[0].device if tensors else torch.device(self.device)

    def unnamed(self) -> Signature:
        """Without the names of the arguments, which do not matter to a launch."""
        ports = tuple(dataclasses.replace(port, name="") for port in self.ports)
        return dataclasses.replace(
            self, ports=ports, scalars=tuple(dataclasses.replace(s, name="") for s in self.scalars)
        )
