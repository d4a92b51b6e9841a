"""What a kernel takes of the chip, as csynth would count it: operators, arrays, FIFOs and ports added up.

Sizes of block RAM, URAM and FIFOs follow the reports collected for the project: 512 bits of 512 are 15 block RAMs of
18 Kbit, of 1,024 are 29; a FIFO of four is 9.5 + 0.52 LUT a bit. A routed kernel has 0.6 to 1.5 times csynth's LUTs and
0.7 to 1 times its flip-flops (LLM_FPGA, Prometheus), so the LUTs are no finer than that.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir
from torch_fpga.element_types import BY_MLIR
from torch_fpga.model.costs import costs_of, operands
from torch_fpga.stages.common.cost import Array, Cost, Loop
from torch_fpga.targets.chip import Chip, Operator

NAMES = ("lut", "ff", "dsp", "bram18", "uram", "ports")

# 18 Kbit of block RAM: words of so many bits, and how many of them. A URAM has 4,096 of 72.
_BRAM18 = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
_URAM = (72, 4096)
# What is smaller than this stays in LUTs (Vitis HLS, the default of an array and of a FIFO), and so does a FIFO of two
# (UG1399, config_storage). A LUT holds 16 words of two bits.
_LUT_RAM_BITS = 1024
_SHORT_FIFO = 2
_SHIFT_REGISTER = 16
# A 512-bit m_axi adapter and the control registers (LLM_FPGA); its FIFOs are 15 block RAMs (ibid., routed).
_ADAPTER = {"lut": 8001, "ff": 4567, "bram18": 15}
_ADAPTER_BITS = 512
_CONTROL = {"lut": 1192, "ff": 666}
# Of a loop: what counts and waits for streams, and the counter's register (fpt_LLM: 74 LUT with 16 bits).
_LOOP = {"lut": 120, "ff": 32}
# Flip-flops a stage of a pipeline that tell whether it is filled, and whether by the last iteration (fpt_LLM).
_STAGE_BITS = 2
# Whatever an operator makes or a loop reads is kept in a register for the next operator: of 32 lanes' float32 values
# the registers are 9,216 of the 18,264 flip-flops of fpt_LLM's layer norm.
_VALUE_BITS = 32
# The address of an access has an adder and a register.
_ADDRESS_BITS = 64


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
    loops = [loop for loop, _ in cost.each_loop()]
    units = Counter(cost.operators)
    for loop in loops:
        units.update(_bound(loop, chip))
    made = total(_of_operator(chip.operator(name), count) for name, count in units.items())
    values = cost.operators, *(loop.operators for loop in loops)
    made += Resources(ff=_VALUE_BITS * sum(_pipelined(each, chip) for each in values))
    return made + total(map(_of_loop, loops)) + total(map(_of_array, cost.arrays))


def _bound(loop: Loop, chip: Chip) -> Mapping[str, int]:
    """Units of each operator: of several stages they are shared among the cycles of an interval.

    The csynth reports of fpt_LLM count so: layer and RMS norm of 32 lanes at an interval of 3 have 11 multipliers each.
    """
    shared = {name: loop.ii if chip.operator(name).cycles else 1 for name in loop.operators}
    return {name: -(-count // shared[name]) for name, count in loop.operators.items()}


def _pipelined(operators: Mapping[str, int], chip: Chip) -> int:
    """How many of the operators take more than a cycle."""
    return sum(count for name, count in operators.items() if chip.operator(name).cycles)


def _of_operator(operator: Operator, count: int) -> Resources:
    return Resources(lut=count * operator.lut, ff=count * operator.ff, dsp=count * operator.dsp)


def _of_loop(loop: Loop) -> Resources:
    # A wait for memory is no stage.
    made = Resources(**_LOOP) + Resources(ff=0 if loop.memory else _STAGE_BITS * loop.depth)
    for access in loop.memory:
        # What goes to memory is in the register of the stream already.
        data = 0 if loop.reads or loop.reads_before else access.bits
        made += Resources(lut=_ADDRESS_BITS, ff=_ADDRESS_BITS + data)
    return made


def _of_reads(op: Any, cost: Cost) -> Resources:
    """The registers of the vectors that a task's loops read."""
    names = [name for loop, _ in cost.each_loop() for name in (*loop.reads, *loop.reads_before)]
    return Resources(ff=sum(_bits(value) for name in names for value in operands(op, name)))


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
    bits, depth = _bits(stream.res), stream.depth.value
    if bits * depth <= _LUT_RAM_BITS or depth <= _SHORT_FIFO:
        return Resources(lut=9.5 + 0.52 * bits * -(-depth // _SHIFT_REGISTER), ff=5)
    return Resources(lut=60, ff=60 + bits, bram18=_brams(bits, depth))


def _bits(stream: ir.Value) -> int:
    """Of a vector of a stream."""
    return 8 * BY_MLIR[str(stream.type.element)].bytes * stream.type.lanes


def of_bundle(bits: int) -> Resources:
    """An m_axi adapter for accesses of at most ``bits``: its data path is as wide."""
    share = max(bits / _ADAPTER_BITS, 1 / 8)
    return Resources(ports=1, **{name: share * each for name, each in _ADAPTER.items()})


def _brams(bits: int, depth: int) -> int:
    return min(-(-bits // width) * -(-depth // words) for width, words in _BRAM18)


def kernel_resources(kernel: hls.KernelOp, chip: Chip) -> Mapping[str, Resources]:
    """A kernel's parts by name, in the order of its text: each task, and all FIFOs, buffers, ports and the control."""
    parts: dict[str, Resources] = {"control": Resources(**_CONTROL)}
    widths: dict[str, int] = {}
    for phase in _all(kernel, hls.PhaseOp):
        for stream in _all(phase, hls.StreamOp):
            _put(parts, "FIFOs", of_fifo(stream))
        for op, _, cost in costs_of(phase, chip):
            _put(parts, op.label.value, of_cost(cost, chip) + _of_reads(op, cost))
            for access in (access for loop, _ in cost.each_loop() for access in loop.memory):
                owner = getattr(op, access.port).owner.opview
                if isinstance(owner, hls.PortOp):
                    widths[owner.name.value] = max(widths.get(owner.name.value, 0), access.bits)
    bundles: dict[str, int] = {}
    for port in _all(kernel, hls.PortOp):
        bits = widths.get(port.name.value, _ADAPTER_BITS)
        bundles[port.bundle.value] = max(bundles.get(port.bundle.value, 0), bits)
    for bits in bundles.values():
        _put(parts, "ports", of_bundle(bits))
    for buffer in _all(kernel, hls.BufferOp):
        _put(parts, "buffers", of_buffer(buffer))
    return parts


def _all(region: hls.KernelOp | hls.PhaseOp, kind: type) -> list:
    return [op for op in region.body.blocks[0].operations if isinstance(op, kind)]


def _put(parts: dict[str, Resources], name: str, what: Resources) -> None:
    parts[name] = parts.get(name, NONE) + what
