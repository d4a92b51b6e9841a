"""A project as plain data: kernels, their arguments, and the tensors of one run.

``ProjectKernel``, ``ProjectPort`` and ``ProjectScalar`` are what a project needs of a kernel's ``Signature`` (of
runtime/signature.py: ``Port``, ``Scalar``), in words for files: nothing here knows torch. ``GoldenTensor`` and
``GoldenChoice`` are the data that the kernel is compared with.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from torch_fpga.codegen.persistent import HEADER, entry_words, persistent, queue_name, queue_words
from torch_fpga.codegen.vitis.board import Board
from torch_fpga.element_types import BY_NAME


@dataclasses.dataclass(frozen=True)
class ProjectPort:
    """A pointer argument. ``arg`` numbers the input, output or scratch behind it; ``elements`` are the whole tensor's.

    Of a tensor sharded over ``channels`` channels of memory it reads block number ``channel``. ``lanes`` are the
    elements that its pointer's type has: of a vector, or 1.
    """

    name: str
    role: str  # "in" | "out" | "scratch"
    arg: int
    elements: int
    dtype: str
    bundle: str
    bank: int
    channel: int = 0
    channels: int = 1
    block_elements: int = 0
    lanes: int = 1


@dataclasses.dataclass(frozen=True)
class ProjectScalar:
    """A scalar argument, and its value."""

    name: str
    value: int


@dataclasses.dataclass(frozen=True)
class GoldenChoice:
    """What indices were chosen from: of every ``cols`` values, ``inner`` apart, ``chosen``, which lie ``inner`` apart.

    Another index is as right where the value at it is equal, within ``rtol`` of it plus ``atol``.
    """

    source: GoldenTensor
    cols: int
    chosen: int
    inner: int
    rtol: float
    atol: float


@dataclasses.dataclass(frozen=True)
class GoldenTensor:
    """A tensor of the golden run: its storage as bytes (uint8).

    An output of indices may have a ``choice``. Another may depend on one: elements that are 1 in ``open`` (uint8) are
    not decided by the golden inputs and not compared.
    """

    dtype: str
    shape: tuple[int, ...]
    data: np.ndarray
    choice: GoldenChoice | None = None
    open: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class ProjectFinding:
    """What the lint says of a kernel: of which ``stages``, made of the user's line ``source``, ``text`` as a whole."""

    severity: str  # "error" | "slow" | "note"
    stages: str
    source: str
    what: str
    text: str


@dataclasses.dataclass(frozen=True)
class ProjectBuffer:
    """Memory behind one or several ports. ``name`` is the first one's; ``elements`` lie in it."""

    name: str
    role: str
    arg: int
    dtype: str
    elements: int
    bank: int
    channel: int
    channels: int
    block_elements: int

    @property
    def bytes(self) -> int:
        return self.elements * BY_NAME[self.dtype].bytes

    @property
    def first_byte(self) -> int:
        """Where in the tensor the buffer's part begins."""
        return self.channel * self.block_elements * BY_NAME[self.dtype].bytes


@dataclasses.dataclass(frozen=True)
class Group:
    """Buffers that together hold a tensor: one, or one a channel. ``variable`` is its name in a test bench."""

    variable: str
    file: str  # of the tensor; "" for scratch
    elements: int  # of the whole tensor
    buffers: tuple[ProjectBuffer, ...]

    @property
    def role(self) -> str:
        return self.buffers[0].role

    @property
    def dtype(self) -> str:
        return self.buffers[0].dtype

    @property
    def cpp(self) -> str:
        return BY_NAME[self.dtype].cpp

    @property
    def channels(self) -> int:
        return len(self.buffers)


@dataclasses.dataclass(frozen=True)
class CommandQueue:
    """The last argument of a kernel that is started once: its name, 64-bit words, and those of an entry.

    ``run`` are the words that have the kernel run one step at the places of its ports, and then end.
    """

    name: str
    words: int
    entry: int
    run: dict[int, str]


@dataclasses.dataclass(frozen=True)
class ProjectKernel:
    """A kernel: its name, its C++, its arguments in order (ports, then scalars), a golden run, and the lint's findings.

    ``regions``: how many regions are this kernel. They share its compute unit; each has buffers of its own.
    ``persistent``: it is written as one that is started once; ``source`` is that of one that is started every step.
    """

    name: str
    source: str
    ports: tuple[ProjectPort, ...]
    scalars: tuple[ProjectScalar, ...]
    inputs: tuple[GoldenTensor, ...]
    outputs: tuple[GoldenTensor, ...]
    regions: int = 1
    findings: tuple[ProjectFinding, ...] = ()
    persistent: bool = False

    @property
    def written(self) -> str:
        """The C++ in the project."""
        return persistent(self.name, self.source) if self.persistent else self.source

    @property
    def queue(self) -> CommandQueue | None:
        if not self.persistent:
            return None
        arguments = len(self.ports) + len(self.scalars)
        entry = entry_words(arguments)
        scalars = {HEADER + 1 + len(self.ports) + i: f"{scalar.value}ULL" for i, scalar in enumerate(self.scalars)}
        run = {1: "1", HEADER: "1", **scalars, HEADER + entry: "~0ULL"}
        return CommandQueue(queue_name(self.source), queue_words(arguments), entry, run)

    def found(self, severity: str) -> list[ProjectFinding]:
        """The findings of one severity, in order."""
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def instances(self) -> tuple[str, ...]:
        """The compute units, as v++ names them where it is not told."""
        return (f"{self.name}_1",)

    @functools.cached_property
    def groups(self) -> tuple[Group, ...]:
        by_tensor: dict[tuple[str, int, int], list[ProjectPort]] = {}
        for port in self.ports:
            by_tensor.setdefault((port.role, port.arg, port.channels), []).append(port)
        taken = {ports[0].name for ports in by_tensor.values() if ports[0].channels == 1}
        groups = []
        for (role, arg, channels), ports in by_tensor.items():
            first = ports[0].name
            variable = first if channels == 1 else first.removesuffix(f"_ch{ports[0].channel}")
            while channels > 1 and variable in taken:
                variable += "_channels"
            taken.add(variable)
            file = "" if role == "scratch" else f"{role}{arg}_{self._tensor_name(role, arg)}.bin"
            groups.append(Group(variable, file, ports[0].elements, _buffers(ports)))
        return tuple(groups)

    @property
    def buffers(self) -> tuple[ProjectBuffer, ...]:
        return tuple(buffer for group in self.groups for buffer in group.buffers)

    @functools.cached_property
    def files(self) -> dict[str, GoldenTensor]:
        """The golden data by file name. An input that the kernel does not read has none."""
        tensors = {"in": self.inputs, "out": self.outputs}
        return {group.file: tensors[group.role][group.buffers[0].arg] for group in self.groups if group.file}

    def group(self, port: ProjectPort) -> Group:
        """The group that holds a port's buffer."""
        wanted = (port.role, port.arg, port.channels)
        return next(g for g in self.groups if (g.role, g.buffers[0].arg, g.channels) == wanted)

    def buffer(self, port: ProjectPort) -> ProjectBuffer:
        return self.group(port).buffers[port.channel]

    def argument(self, port: ProjectPort) -> str:
        """The port's pointer in a test bench."""
        group = self.group(port)
        data = f"{group.variable}{'' if group.channels == 1 else f'[{port.channel}]'}.data()"
        return data if port.lanes == 1 else f"reinterpret_cast<{self._kind(port)}*>({data})"

    def declaration(self, port: ProjectPort) -> str:
        """The port as a parameter in C++."""
        return f"{self._kind(port)}* {port.name}"

    def _kind(self, port: ProjectPort) -> str:
        element = BY_NAME[port.dtype].cpp
        return ("const " if port.role == "in" else "") + (
            f"vec<{element}, {port.lanes}>" if port.lanes > 1 else element
        )

    def _tensor_name(self, role: str, arg: int) -> str:
        """One for a tensor, even if it lies there whole and sharded."""
        port = next(port for port in self.ports if (port.role, port.arg) == (role, arg))
        return port.name if port.channels == 1 else port.name.removesuffix(f"_ch{port.channel}")


def _buffers(ports: list[ProjectPort]) -> tuple[ProjectBuffer, ...]:
    firsts: dict[int, ProjectPort] = {}
    for port in ports:
        firsts.setdefault(port.channel, port)
    return tuple(
        ProjectBuffer(
            name=port.name,
            role=port.role,
            arg=port.arg,
            dtype=port.dtype,
            elements=_share(port),
            bank=port.bank,
            channel=port.channel,
            channels=port.channels,
            block_elements=port.block_elements,
        )
        for _, port in sorted(firsts.items())
    )


def _share(port: ProjectPort) -> int:
    """The elements that lie in the port's buffer."""
    if port.channels == 1:
        return port.elements
    return min(port.block_elements, port.elements - port.channel * port.block_elements)


@dataclasses.dataclass(frozen=True)
class Project:
    """What is exported. ``name`` names the xclbin; ``version`` is torch_fpga's."""

    name: str
    model: str
    target: str
    board: Board
    clock_mhz: float
    version: str
    kernels: tuple[ProjectKernel, ...]
