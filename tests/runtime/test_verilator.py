"""The solver against hardware: the same FIFOs and loops as SystemVerilog (rtl/blocks.sv), simulated by Verilator.

Each network is described once. Of the description a cycle log is made by hand, which the solver gets, and a circuit,
which is clocked until all its loops are done: in every one each task ends in the same cycle.
"""

from __future__ import annotations

import dataclasses
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.runtime.hand_made import Do, HandMade, Loop, Task
from torch_fpga.runtime.cycle_log import LoggedOperand
from torch_fpga.runtime.solver import Memory, Style

BLOCKS = Path(__file__).parent / "rtl" / "blocks.sv"
ALWAYS = "1'b1"
MOST = 5000
"""Cycles after which a circuit is said to stand."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("verilator") is None, reason="verilator is not installed"),
]


@dataclasses.dataclass(frozen=True)
class Stage:
    """A task of one loop: the names of the streams it reads and writes in each iteration, and its timing."""

    name: str
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    ii: int = 1
    depth: int = 2
    bursts: bool = False
    """Each iteration also takes a beat of 64 bytes from memory, in bursts."""


@dataclasses.dataclass(frozen=True)
class Network:
    """Tasks of ``count`` iterations each, and the depths of the streams between them."""

    name: str
    streams: dict[str, int]
    stages: Sequence[Stage]
    count: int = 60
    style: Style = "stp"
    latency: int = 20
    outstanding: int = 2

    def ends_by_solver(self) -> list[int]:
        """The cycle in which each task ends; none for a deadlock."""
        operand = LoggedOperand("x", 1 << 20, 64 * self.count, 0)
        loads = [(operand.address, 64, 64)]
        log = HandMade(
            self.streams,
            [
                Task(s.name, [Loop([Do(self.count, s.reads, s.writes, loads if s.bursts else ())], s.ii, s.depth)])
                for s in self.stages
            ],
            [operand],
        )
        solution = log.solve(self.style, Memory(self.latency, 0, outstanding=self.outstanding))
        return [] if solution.deadlock else [times.end for times in solution.tasks]

    def circuit(self, number: int) -> Iterator[str]:
        """Its instances, in a block of its own; ``done[number]`` when all is done."""
        yield f"  if (1) begin : n{number}"
        for stream, depth in self.streams.items():
            (writer,) = (stage.name for stage in self.stages if stream in stage.writes)
            (reader,) = (stage.name for stage in self.stages if stream in stage.reads)
            yield f"    wire {stream}_data, {stream}_room;"
            yield (
                f"    fifo #(.DEPTH({depth})) {stream}_fifo(.clk, .rst, .write({writer}_give), .read({reader}_take),"
                f" .has_room({stream}_room), .has_data({stream}_data));"
            )
        for stage in self.stages:
            yield from self._stage(stage)
        ends = [f"{stage.name}_done" for stage in self.stages]
        yield f"    assign done[{number}] = {' & '.join(ends)};"
        yield "    always_ff @(posedge clk) begin"
        for place, stage in enumerate(self.stages):
            end = f"{stage.name}_end"
            yield f"      if (!rst && !{end} && {stage.name}_done) begin"
            yield f'        {end} <= 1; $display("end {number} {place} %0d", cycle);'
            yield "      end"
        yield "    end"
        yield "  end"

    def _stage(self, stage: Stage) -> Iterator[str]:
        name, data = stage.name, [f"{stream}_data" for stream in stage.reads]
        yield f"    wire {name}_take, {name}_give, {name}_done; logic {name}_end = 0;"
        if stage.bursts:
            data.append(f"{name}_beat")
            yield f"    wire {name}_beat;"
            yield (
                f"    burst_reader #(.BEATS({self.count}), .LATENCY({self.latency}), .OUTSTANDING({self.outstanding}))"
                f" {name}_port(.clk, .rst, .take({name}_take), .has_data({name}_beat));"
            )
        room = [f"{stream}_room" for stream in stage.writes]
        yield (
            f"    pipelined_loop #(.N({self.count}), .II({stage.ii}), .STAGES({stage.depth}),"
            f" .INS({max(len(data), 1)}), .OUTS({max(len(room), 1)}), .FLUSHES({int(self.style == 'flp')}))"
            f" {name}_loop(.clk, .rst, .has_data({{{', '.join(data) or ALWAYS}}}), .take({name}_take),"
            f" .has_room({{{', '.join(room) or ALWAYS}}}), .give({name}_give), .done({name}_done));"
        )


def pipeline(name: str, *loops: tuple[int, int], depth: int = 2, style: Style = "stp") -> Network:
    streams = [f"s{i}" for i in range(len(loops) - 1)]
    stages = [
        Stage(f"t{i}", streams[i - 1 : i] if i else (), streams[i : i + 1], *loop) for i, loop in enumerate(loops)
    ]
    return Network(name, dict.fromkeys(streams, depth), stages, style=style)


def reconvergence(name: str, short: int, style: Style = "stp") -> Network:
    stages = [
        Stage("source", writes=["s"]),
        Stage("fork", ["s"], ["way", "short"]),
        Stage("work", ["way"], ["made"], depth=20),
        Stage("join", ["made", "short"], depth=4),
    ]
    return Network(name, {"s": 2, "way": 2, "made": 2, "short": short}, stages, style=style)


def burst(name: str, latency: int, outstanding: int, ii: int) -> Network:
    """A loop that reads memory, and one that may be slower behind it."""
    stages = [Stage("load", (), ["s"], depth=10, bursts=True), Stage("use", ["s"], ii=ii, depth=5)]
    return Network(name, {"s": 4}, stages, count=200, latency=latency, outstanding=outstanding)


MANY = [Stage(f"from{i}", writes=[f"s{i}"], ii=i + 1, depth=3 * i + 1) for i in range(3)]
NETWORKS = [
    pipeline("a pipeline", (1, 3), (2, 9), (1, 4), (3, 5)),
    pipeline("a pipeline of depth 1", (1, 3), (1, 9), (1, 1), depth=1),
    pipeline("a pipeline that flushes", (1, 3), (1, 9), (1, 5), (3, 4), style="flp"),
    reconvergence("reconvergence", 40),
    reconvergence("reconvergence without slack", 21),
    reconvergence("reconvergence that stands", 19),
    reconvergence("reconvergence that flushes", 6, style="flp"),
    pipeline("back-pressure", (1, 7), (1, 12), (5, 3)),
    pipeline("back-pressure through deep FIFOs", (1, 7), (1, 12), (5, 3), depth=16),
    Network("many to one", {f"s{i}": 4 for i in range(3)}, [*MANY, Stage("to", ["s0", "s1", "s2"], depth=6)]),
    Network(
        "one to many",
        {f"s{i}": 1 + i for i in range(3)},
        [Stage("from", (), ["s0", "s1", "s2"], depth=8), *(Stage(f"to{i}", [f"s{i}"], ii=3 - i) for i in range(3))],
    ),
    burst("a burst that waits for few outstanding requests", latency=64, outstanding=2, ii=1),
    burst("a burst as fast as its loop", latency=64, outstanding=16, ii=1),
    burst("a burst into a slow loop", latency=30, outstanding=3, ii=3),
]


@functools.cache
def ends_by_hardware() -> dict[int, list[int]]:
    """Of all networks in one simulation; a network that stands is not in it."""
    top = [
        "module top;",
        "  logic clk = 0, rst = 1;",
        "  int cycle = 0;",
        f"  wire [{len(NETWORKS) - 1}:0] done;",
        "  always #1 clk = !clk;",
        # The first cycle without reset is cycle 0.
        "  always_ff @(posedge clk) begin rst <= 0; cycle <= rst ? 0 : cycle + 1; end",
        f"  always_ff @(posedge clk) if (&done || cycle == {MOST}) $finish;",
        *(line for number, network in enumerate(NETWORKS) for line in network.circuit(number)),
        "endmodule",
    ]
    with tempfile.TemporaryDirectory(prefix="torch_fpga-verilator-") as folder:
        (Path(folder) / "top.sv").write_text("\n".join(top))
        build = ["verilator", "--binary", "-Wno-fatal", "--top-module", "top", str(BLOCKS), "top.sv"]
        _said([*build, "-j", "2"], folder)
        said = _said(["obj_dir/Vtop"], folder)
    ends: dict[int, dict[int, int]] = {}
    for line in said.splitlines():
        if line.startswith("end "):
            network, task, cycle = map(int, line.split()[1:])
            ends.setdefault(network, {})[task] = cycle
    return {
        number: [found[task] for task in sorted(found)]
        for number, found in ends.items()
        if len(found) == len(NETWORKS[number].stages)
    }


def _said(command: list[str], folder: str) -> str:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("number", range(len(NETWORKS)), ids=lambda number: NETWORKS[number].name.replace(" ", "-"))
def test_every_task_ends_in_the_cycle_in_which_hardware_does(number: int) -> None:
    assert NETWORKS[number].ends_by_solver() == ends_by_hardware().get(number, [])
