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
        elements: of the tensor, in its storage; on an interleaved matrix of all channels together.
        dtype: of an element.
        bundle: the AXI bundle, ``gmem0``.
        bank: the channel of the card's memory (HBM) that the buffer lies in.
        channel: of a matrix interleaved over ``channels`` banks, this port reads rows ``channel``,
            ``channel + channels``, …
        channels: 1 for a tensor in one piece.
        row_elements: of a row of an interleaved matrix.
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
    row_elements: int = 0

    @property
    def bytes(self) -> int:
        """Of the buffer behind the port: the tensor's, or the share of it that is interleaved to this channel."""
        if self.channels == 1:
            return self.elements * self.dtype.itemsize
        rows = self.elements // self.row_elements
        return len(range(self.channel, rows, self.channels)) * self.row_elements * self.dtype.itemsize


@dataclasses.dataclass(frozen=True)
class RowStride:
    """A scalar argument, after all ports: elements from one row of an interleaved matrix to the next within a channel.

    ``interleaved`` where every channel has a buffer of its own rows, ``whole`` where all see one matrix in one piece.
    """

    name: str
    interleaved: int
    whole: int


@dataclasses.dataclass(frozen=True)
class Signature:
    """The arguments of a kernel in order, ports then strides; its region's inputs and outputs as tensors.

    ``device`` is where the results go if no tensor comes in whose device they could follow.
    """

    ports: tuple[Port, ...]
    strides: tuple[RowStride, ...]
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
            self, ports=ports, strides=tuple(dataclasses.replace(s, name="") for s in self.strides)
        )
