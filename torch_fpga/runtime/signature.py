"""What a kernel takes and gives: the tensors of its region, and the arguments of its C++ function."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import torch

from torch_fpga.runtime.extents import Extent, Formula


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
    def room_bytes(self) -> int:
        """The same of the largest block: with fewer rows the last may have more than it has of the most."""
        elements = self.elements if self.channels == 1 else self.block_elements
        return -(-elements // self.lanes) * self.lanes * self.dtype.itemsize

    @property
    def first_byte(self) -> int:
        """Where in the tensor the block begins."""
        return self.channel * self.block_elements * self.dtype.itemsize


@dataclasses.dataclass(frozen=True)
class Scalar:
    """A scalar argument, after all ports, and what every launch gives it: ``least`` or more."""

    name: str
    value: int
    least: int = 1


@dataclasses.dataclass(frozen=True)
class Signature:
    """The arguments of a kernel in order, ports then scalars; its region's inputs and outputs as tensors.

    ``device`` is where the results go if no tensor comes in whose device they could follow. Where sizes vary from call
    to call, all numbers are those of the bounds of ``extents``, and ``formulas`` says what each of ``numbers`` is.
    """

    ports: tuple[Port, ...]
    scalars: tuple[Scalar, ...]
    inputs: tuple[Layout, ...]
    outputs: tuple[Layout, ...]
    device: str = "cpu"
    extents: tuple[Extent, ...] = ()
    formulas: tuple[Formula, ...] = ()

    @property
    def numbers(self) -> list[int]:
        """All that sizes decide, in a fixed order."""
        return [
            *(scalar.value for scalar in self.scalars),
            *(number for port in self.ports for number in (port.elements, port.block_elements)),
            *(number for layout in (*self.inputs, *self.outputs) for number in (*layout.shape, *layout.strides)),
        ]

    def at(self, sizes: Sequence[int]) -> Signature:
        """The same for so large ``extents``, none of which is above its bound."""
        numbers = (formula.at(sizes) for formula in self.formulas)
        return dataclasses.replace(
            self,
            scalars=tuple(dataclasses.replace(scalar, value=next(numbers)) for scalar in self.scalars),
            ports=tuple(
                dataclasses.replace(port, elements=next(numbers), block_elements=next(numbers)) for port in self.ports
            ),
            inputs=tuple(_layout(layout, numbers) for layout in self.inputs),
            outputs=tuple(_layout(layout, numbers) for layout in self.outputs),
            extents=(),
            formulas=(),
        )

    def device_of(self, tensors: tuple[torch.Tensor, ...]) -> torch.device:
        """Where the results of a launch on ``tensors`` go."""
        return tensors[0].device if tensors else torch.device(self.device)

    def unnamed(self) -> Signature:
        """Without the names of the arguments, which do not matter to a launch."""
        ports = tuple(dataclasses.replace(port, name="") for port in self.ports)
        return dataclasses.replace(
            self, ports=ports, scalars=tuple(dataclasses.replace(s, name="") for s in self.scalars)
        )


def _layout(layout: Layout, numbers: Iterator[int]) -> Layout:
    shape, strides = (tuple(next(numbers) for _ in each) for each in (layout.shape, layout.strides))
    return Layout(shape, strides, layout.dtype)
