"""What the model says of a row: the model's own functions, given what the row describes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch

from benchmarks.calibration.functions import FUNCTIONS
from benchmarks.calibration.lowered import kernel_of
from benchmarks.calibration.rows import Row
from torch_fpga.dialects.mlir import ir
from torch_fpga.model.closed_form import kernel_time
from torch_fpga.model.memory import Channel
from torch_fpga.model.resources import Resources, kernel_resources, of_cost
from torch_fpga.stages import context
from torch_fpga.stages.common.cost import Access, Array, Cost, Loop, Repeat
from torch_fpga.targets.chip import Chip
from torch_fpga.targets.fpga import load_target
from torch_fpga.targets.gpu import load_host
from torch_fpga.targets.kernel import kernel_options

TARGET = "u55c"
# csynth knows of no memory behind a port.
_NO_MEMORY = Channel(bytes_per_cycle=math.inf, access_cycles=0)


def estimate(row: Row) -> dict[str, float]:
    """The model's figures of a row, by name; more than those reported."""
    return _WAYS[row.way](row)


def _cost(row: Row) -> dict[str, float]:
    described, chip = row.description, row.chip
    arrays = tuple(Array(**array) for array in described.get("arrays", ()))
    parts = tuple(_part(part, chip) for part in described["loops"])
    cost = Cost(parts, described.get("operators", {}), arrays)
    figures = _figures(of_cost(cost, chip)) | {"cycles": cost.cycles}
    loops = [loop for loop, _ in cost.each_loop()]
    return figures | ({"depth": loops[0].depth, "ii": loops[0].ii} if loops else {})


def _part(raw: Mapping[str, Any], chip: Chip) -> Loop | Repeat:
    """A loop in the words of a row: its depth is given, or made of what a chain of operators and ``states`` take."""
    if "repeat" in raw:
        return Repeat(raw["repeat"], tuple(_part(part, chip) for part in raw["body"]))
    if memory := raw.get("memory"):
        depth = {"read": chip.read_cycles, "write": chip.write_cycles}[memory]
    else:
        depth = raw["depth"] if "depth" in raw else raw.get("states", 2) + chip.latency(*raw.get("chain", ()))
    ii = chip.carried(*raw["carried"]) if "carried" in raw else raw.get("ii", 1)
    after, operators = chip.latency(*raw.get("after", ())), raw.get("operators", {})
    return Loop("loop", raw["trips"], ii, depth, after=after, operators=operators)


def _kernel(row: Row) -> dict[str, float]:
    """Of a lowered function: of the whole kernel, or of all its tasks of one template, the cycles of one of them."""
    described = row.description
    kind = getattr(torch, described.get("dtype", "float32"))
    inputs = tuple(torch.empty(shape, dtype=kind) for shape in described["shapes"])
    options = dataclasses.replace(kernel_options(TARGET), lanes=described.get("lanes", 16))
    with kernel_of(FUNCTIONS[described["function"]], inputs, options) as module:
        kernel = module.body.operations[0]
        time = kernel_time(kernel, row.chip, _NO_MEMORY)
        parts = kernel_resources(kernel, row.chip)
    if "template" not in described:
        return _figures(sum(parts.values(), Resources())) | {"cycles": time.cycles}
    tasks = [task for phase in time.phases for task in phase.tasks if task.template == described["template"]]
    made = sum((parts[label] for label in dict.fromkeys(task.label for task in tasks)), Resources())
    loop, _ = next(tasks[0].cost.each_loop())
    return _figures(made) | {"cycles": tasks[0].alone, "ii": loop.ii, "depth": loop.depth}


def _channel(row: Row) -> dict[str, float]:
    """Bandwidth of one channel, from accesses of 512 bits in bursts of so many bytes."""
    size, target = row.description["bytes"], load_target(TARGET)
    beats = max(size // 64, 1)
    access = Access("src", min(8 * size, 512), 1, size)
    cycles, moved = Channel.of(target).cycles(Cost((Loop("loop", beats, memory=(access,)),)), "src")
    return {"gb_per_s": moved / cycles * target.clock_mhz / 1e3}


def _target(row: Row) -> dict[str, float]:
    device = (load_host if row.host else load_target)(row.description["name"])
    (name,) = row.reported
    return {name: getattr(device, row.description["field"])}


def _fifo(row: Row) -> dict[str, float]:
    width, depth = row.description["bits"] // 8, row.description["depth"]
    made = f'"hls.stream"() {{depth = {depth} : i64, name = "s", vectors = {depth} : i64}}'
    phase = f'"hls.phase"() ({{ %s = {made} : () -> !hls.fifo<i8, {width} : i32> }}) {{name = "p"}} : () -> ()'
    return _of_kernel(phase, "FIFOs", row.chip)


def _buffer(row: Row) -> dict[str, float]:
    element, elements, storage = (row.description[name] for name in ("element", "elements", "storage"))
    made = f'"hls.buffer"() {{elements = {elements} : i64, name = "b", storage = "{storage}"}}'
    return _of_kernel(f"%b = {made} : () -> !hls.memory<{element}>", "buffers", row.chip)


_PORT = (
    '%p = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "g", channel = 0 : i64, channels = 1 : i64,'
    ' block_elements = 0 : i64, elements = 64 : i64, name = "p", role = "in"} : () -> !hls.memory<f32>'
)


def _port(row: Row) -> dict[str, float]:
    return _of_kernel(_PORT, "ports", row.chip)


def _control(row: Row) -> dict[str, float]:
    return _of_kernel(_PORT, "control", row.chip)


def _of_kernel(body: str, part: str, chip: Chip) -> dict[str, float]:
    """A part of a kernel that has nothing but ``body``."""
    with context():
        module = ir.Module.parse(f'"hls.kernel"() ({{ {body} }}) {{sym_name = "kernel"}} : () -> ()')
        return _figures(kernel_resources(module.body.operations[0], chip)[part])


def _figures(resources: Resources) -> dict[str, float]:
    return dataclasses.asdict(resources)


_WAYS: dict[str, Callable[[Row], dict[str, float]]] = {
    "cost": _cost,
    "kernel": _kernel,
    "channel": _channel,
    "fifo": _fifo,
    "buffer": _buffer,
    "port": _port,
    "control": _control,
    "target": _target,
}
