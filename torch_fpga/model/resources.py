"""What a kernel takes of the chip, as csynth would count it: operators, arrays, FIFOs and ports added up.

Sizes of block RAM, URAM and FIFOs follow the reports collected for the project: 512 bits of 512 are 15 block RAMs of
18 Kbit, of 1,024 are 29; a FIFO of four is 9.5 + 0.52 LUT a bit. A routed kernel has 0.6 to 1.5 times csynth's LUTs and
0.7 to 1 times its flip-flops (LLM_FPGA, Prometheus), so the LUTs are no finer than that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from torch_fpga.dialects import hls
from torch_fpga.element_types import BY_MLIR
from torch_fpga.stages import STAGES
from torch_fpga.stages.common.cost import Array, Cost
from torch_fpga.targets.chip import Chip

NAMES = ("lut", "ff", "dsp", "bram18", "uram", "ports")

# 18 Kbit of block RAM: words of so many bits, and how many of them. A URAM has 4,096 of 72.
_BRAM18 = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
_URAM = (72, 4096)
# What is smaller than this stays in LUTs (Vitis HLS, the default of an array and of a FIFO).
_LUT_RAM_BITS = 1024
# A 512-bit m_axi adapter and the control registers (LLM_FPGA); its FIFOs are 15 block RAMs (ibid., routed).
_ADAPTER = {"lut": 8001, "ff": 4567, "bram18": 15}
_ADAPTER_BITS = 512
_CONTROL = {"lut": 1192, "ff": 666}
# Of a loop that counts and waits for streams, and its registers (estimate, from the loaders of LLM_FPGA).
_LOOP = {"lut": 120, "ff": 150}


@dataclasses.dataclass(frozen=True)
class Resources:
    """LUT, flip-flops, DSP, block RAMs of 18 Kbit, URAM, and m_axi ports."""

    lut: float = 0
    ff: float = 0
    dsp: float = 0
    bram18: float = 0
    uram: float = 0
    ports: float = 0

    def __add__(self, other: Resources) -> Resources:
        return Resources(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})


NONE = Resources()


def total(parts: Iterable[Resources]) -> Resources:
    """The sum."""
    return sum(parts, NONE)


def of_cost(cost: Cost, chip: Chip) -> Resources:
    """What a task states: its operators, its arrays, its loops."""
    loops = sum(1 for _ in cost.each_loop())
    made = Resources(**{name: loops * each for name, each in _LOOP.items()})
    for name, count in cost.operators.items():
        each = chip.operators[name]
        made += Resources(lut=count * each.lut, ff=count * each.ff, dsp=count * each.dsp)
    return made + total(map(_of_array, cost.arrays))


def _of_array(array: Array) -> Resources:
    if array.registers:
        return Resources(ff=array.elements * array.bits)
    depth = -(-array.elements // array.banks)
    if depth * array.bits <= _LUT_RAM_BITS:
        # 64 bits of memory a LUT, of which half is the second port.
        return Resources(lut=array.banks * array.bits * -(-depth // 32))
    return Resources(bram18=array.banks * _brams(array.bits, depth))


def of_buffer(buffer: hls.BufferOp) -> Resources:
    """An array that phases share, in one piece."""
    bits, depth = 8 * BY_MLIR[str(buffer.res.type.element)].bytes, buffer.elements.value
    if buffer.storage.value == "uram":
        return Resources(uram=-(-bits // _URAM[0]) * -(-depth // _URAM[1]))
    return Resources(bram18=_brams(bits, depth))


def of_fifo(stream: hls.StreamOp) -> Resources:
    """A FIFO: shift registers while it is small, else block RAM."""
    kind = stream.res.type
    bits, depth = 8 * BY_MLIR[str(kind.element)].bytes * kind.lanes, stream.depth.value
    if bits * depth <= _LUT_RAM_BITS or depth <= 4:
        return Resources(lut=9.5 + 0.52 * bits * max(depth / 4, 1), ff=5)
    return Resources(lut=60, ff=60 + bits, bram18=_brams(bits, depth))


def of_port(port: hls.PortOp, bits: int) -> Resources:
    """An m_axi adapter for accesses of ``bits``: its data path is as wide."""
    share = max(bits / _ADAPTER_BITS, 1 / 8)
    return Resources(ports=1, **{name: share * each for name, each in _ADAPTER.items()})


def _brams(bits: int, depth: int) -> int:
    return min(-(-bits // width) * -(-depth // words) for width, words in _BRAM18)


def kernel_resources(kernel: hls.KernelOp, chip: Chip) -> Mapping[str, Resources]:
    """A kernel's parts by name, in the order of its text: each task, and all FIFOs, buffers, ports and the control."""
    parts: dict[str, Resources] = {"control": Resources(**_CONTROL)}
    widths: dict[str, int] = {}
    for phase in _all(kernel, hls.PhaseOp):
        for op in phase.body.blocks[0].operations:
            if isinstance(op, hls.StreamOp):
                _put(parts, "FIFOs", of_fifo(op))
            elif (task := STAGES.task(op)) is not None:
                cost = task.cost(op, chip)
                _put(parts, op.label.value, of_cost(cost, chip))
                for access in (access for loop, _ in cost.each_loop() for access in loop.memory):
                    owner = getattr(op, access.port).owner.opview
                    if isinstance(owner, hls.PortOp):
                        widths[owner.name.value] = max(widths.get(owner.name.value, 0), access.bits)
    for port in _all(kernel, hls.PortOp):
        _put(parts, "ports", of_port(port, widths.get(port.name.value, _ADAPTER_BITS)))
    for buffer in _all(kernel, hls.BufferOp):
        _put(parts, "buffers", of_buffer(buffer))
    return parts


def _all(kernel: hls.KernelOp, kind: type) -> list:
    return [op for op in kernel.body.blocks[0].operations if isinstance(op, kind)]


def _put(parts: dict[str, Resources], name: str, what: Resources) -> None:
    parts[name] = parts.get(name, NONE) + what
