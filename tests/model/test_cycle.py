"""The cycles of a kernel by its log: one kernel of a few tasks, built and run once for all tests."""

from __future__ import annotations

import dataclasses
import functools
import json
import re

import pytest
import torch

import torch_fpga
from tests.caches import cache
from tests.kernels import trace
from torch_fpga.compiler.lower_once import lowered_once
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.debug import Dump
from torch_fpga.errors import InternalError, OutOfRangeError, ToolError
from torch_fpga.model.cycle import Cycles
from torch_fpga.report.design import DesignReport
from torch_fpga.runtime.cycle_log import CycleLog
from torch_fpga.runtime.logged import LoggedKernel, build_logged
from torch_fpga.runtime.solver import STYLES, Style
from torch_fpga.targets.kernel import kernel_options
from torch_fpga.tools import cli

TABLE = torch.randn(40, 64, generator=torch.Generator().manual_seed(1))
INDEX = torch.arange(0, 40, 3)


def weighted(table: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Rows that are needed once more when their softmax is there."""
    rows = table[index]
    return torch.softmax(rows, -1) * rows


@functools.cache
def lowered() -> Lowered:
    return lowered_once(trace(weighted, TABLE, INDEX), "kernel", Dump(), cache(), kernel_options("u55c"))


@functools.cache
def logged() -> LoggedKernel:
    kernel = lowered()
    return build_logged(kernel.name, kernel.source, kernel.signature, cache())


@functools.cache
def run() -> tuple[CycleLog, torch.Tensor]:
    log, (result,) = logged().log(TABLE, INDEX)
    return log, result


@functools.cache
def cycles() -> Cycles:
    return Cycles(lowered().design, run()[0], "u55c", cache())


def number_of(name: str) -> int:
    return next(i for i, stream in enumerate(run()[0].streams) if stream.name == name)


def test_the_log_of_a_kernel_that_is_alike_but_for_names_has_its_own():
    kernel = lowered()
    source = kernel.source.replace('"load table"', '"load another"').replace('("softmax"', '("another"')
    assert source != kernel.source
    logged()  # is in the cache
    log, _ = build_logged(kernel.name, source, kernel.signature, cache()).log(TABLE, INDEX)
    names = [task.name for task in log.tasks]
    assert len(names) == len(run()[0].tasks)
    assert names != [task.name for task in run()[0].tasks]


def test_a_logged_run_computes_what_eager_computes() -> None:
    torch.testing.assert_close(run()[1], weighted(TABLE, INDEX))


@pytest.mark.parametrize("style", STYLES)
def test_the_closed_form_agrees(style: Style) -> None:
    design = cycles().report(style=style)
    assert design.closed_form == pytest.approx(lowered().design.cycles)
    assert design.cycles == pytest.approx(design.closed_form, rel=0.1)


def test_the_report_says_what_is_known_and_how_tasks_spend_their_time() -> None:
    design = cycles().report()
    assert design.known == "cycle"
    (phase,) = design.phases
    for task in phase.tasks:
        assert task.busy + sum(task.stalls.values()) == task.end - task.start
    assert phase.cycles > max(task.end for task in phase.tasks)
    # Its reads are under way at once, so that it waits for the memory once.
    gather = next(task for task in phase.tasks if task.template == "gather_vectors")
    assert gather.stalls.get("latency of memory", 0) + gather.stalls["fills and drains"] < 2 * 64
    assert design.binds.startswith('"softmax": one iteration a cycle')
    assert 0 < design.memory_share < lowered().design.memory_share * 1.1


def test_least_depths_do_not_slow_the_kernel_and_no_smaller_ones_do() -> None:
    whole = cycles().report().cycles
    least = cycles().least_depths()
    assert cycles().report(least).cycles == whole
    assert sum(least) < sum(cycles().depths)
    for number, depth in enumerate(least):
        less = [each - (i == number) for i, each in enumerate(least)]
        if depth > 1:
            solution = cycles().solve(less)
            assert solution.deadlock or max(task.end for task in solution.tasks) > whole - 2
    found = {fifo.name: fifo.least for fifo in cycles().fifos()}
    assert found == {stream.name: depth for stream, depth in zip(run()[0].streams, least, strict=True)}


def test_rows_that_have_no_room_beside_the_softmax_are_a_deadlock_by_names() -> None:
    waiting = max(cycles().fifos(), key=lambda fifo: fifo.least)
    depths = [1 if i == number_of(waiting.name) else depth for i, depth in enumerate(cycles().depths)]
    with pytest.raises(ToolError, match=f'task "{waiting.writer}" waits to write "{waiting.name}"'):
        cycles().report(depths)


def test_a_person_is_shown_tasks_and_fifos(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("TORCH_FPGA_CACHE", str(cache().root))
    (tmp_path / "its_model.py").write_text(
        "from tests.model import test_cycle as case\n"
        "def make(): return case.weighted, (case.TABLE, case.INDEX)\n"
        "def wrong(): return case.weighted, (case.TABLE, case.INDEX + 40)\n"
    )
    place, trace_file = f"{tmp_path / 'its_model.py'}:make", tmp_path / "trace.json"
    assert cli.main(["cycles", place, "--placement", "fpga", "--fifos", "--trace", str(trace_file)]) == 0
    said = capsys.readouterr().out
    assert f"fpga0: {cycles().report().cycles:,} cycles" in said
    (softmax,) = (task for task in cycles().report().phases[0].tasks if task.label == "softmax")
    assert re.search(rf"softmax +0 +{softmax.end:,} +\d+ +waits to read a stream", said)
    assert re.search(r"rows_stream\w* +\d+ +\d+ +56  fork rows → map", said)
    tasks = {event["name"]: event["args"] for event in json.loads(trace_file.read_text())["traceEvents"]}
    assert tasks["softmax"]["known"] == "cycle"
    assert cli.main(["cycles", place.replace("make", "wrong"), "--placement", "fpga"]) == 1
    assert "no cycle log, because the run failed: index 40" in capsys.readouterr().err
    assert cli.main(["cycles", place, "--placement", "gpu"]) == 0
    assert "no region of the model goes to the FPGA" in capsys.readouterr().out


def test_a_run_that_failed_has_no_log() -> None:
    with pytest.raises(OutOfRangeError, match="no cycle log, because the run failed: index 40 is out of range"):
        logged().log(TABLE, torch.full_like(INDEX, 40))
    assert logged().log(TABLE, INDEX)[0].tasks == run()[0].tasks


def test_a_log_that_grows_too_long_is_an_error() -> None:
    kernel = LoggedKernel(logged().built, most=20)
    with pytest.raises(ToolError, match="grew beyond 20 words"):
        kernel.log(TABLE, INDEX)


def test_a_log_of_another_kernel_is_refused() -> None:
    design: DesignReport = lowered().design
    other = dataclasses.replace(design, phases=[dataclasses.replace(design.phases[0], tasks=[])])
    with pytest.raises(InternalError, match="not of this kernel's"):
        Cycles(other, run()[0], "u55c", cache())


def test_results_lie_as_they_were_captured() -> None:
    """A norm made of a turned tensor gives a dense one; what was captured turns it back and takes it as a row."""

    def turned(x: torch.Tensor) -> torch.Tensor:
        q = x.t()
        return (q * torch.rsqrt(q.pow(2).mean(-1, keepdim=True) + 1e-6)).t().view(-1)

    (graph,) = torch_fpga.cycles(turned, TABLE, placement="fpga").graphs
    assert [region.design.known for region in graph.on("fpga") if region.design] == ["cycle"]
