"""Calls the solver of cycle logs, which is C++ (hls_lib/emulation/solver), and builds it where the cache has it not."""

from __future__ import annotations

import ctypes
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from torch_fpga.errors import InternalError
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.cycle_log import CycleLog
from torch_fpga.runtime.toolchain import compile_cpp, library_root, toolchain

Style = Literal["stp", "flp"]
STYLES: tuple[Style, ...] = ("stp", "flp")


@dataclasses.dataclass(frozen=True)
class LoopTiming:
    """One loop of one task, in cycles.

    Attributes:
        task, label: by their numbers in the log.
        ii: from one iteration to the next.
        depth: of one iteration, from its reads to its writes, without the latency of memory.
        after: of what follows the loop before anything else starts.
        bursts: whether accesses whose addresses follow each other are asked for at once.
        beat_bytes: of an access to memory; 0 where there is none.
        outstanding: reads or bursts under way at once; 0 for those of ``Memory``.
        pauses: a cycle is lost behind each n-th entry, for each n of these.
    """

    task: int
    label: int
    ii: int
    depth: int
    after: int = 0
    bursts: bool = True
    beat_bytes: int = 0
    outstanding: int = 0
    pauses: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class Memory:
    """Device memory behind m_axi ports, in cycles and bytes.

    Attributes:
        read_latency: from a request to its first beat.
        write_latency: from a burst's last beat to its response.
        bytes_per_cycle: of one channel; 0 for no limit.
        request_cycles: between two requests of a channel that do not go on where the one before on their port ended.
        outstanding: bursts under way on one port, and ``burst_beats`` of each at most (UG1399, defaults of m_axi).
        beat_bytes: of a port, where a loop does not say.
        page_bytes: no burst crosses a border of these (AXI).
    """

    read_latency: int
    write_latency: int
    bytes_per_cycle: float = 0.0
    request_cycles: float = 0.0
    outstanding: int = 16
    burst_beats: int = 16
    beat_bytes: int = 64
    page_bytes: int = 4096


@dataclasses.dataclass(frozen=True)
class TaskTimes:
    """A task in cycles from the start of the kernel.

    ``busy`` are iterations and events outside of loops, ``interval`` what an II above 1 adds, ``drain`` what entering
    and leaving loops takes. ``blocked`` is the number of the stream a deadlock holds it at, else -1.
    """

    start: int
    end: int
    busy: int
    interval: int
    drain: int
    read_wait: int
    write_wait: int
    latency_wait: int
    bandwidth_wait: int
    blocked: int
    blocked_to_read: bool


@dataclasses.dataclass(frozen=True)
class StreamTimes:
    """A FIFO: its tasks by number (-1: none), its elements, the most that were in it at once, and waits in cycles."""

    writer: int
    reader: int
    elements: int
    most: int
    read_wait: int
    write_wait: int


@dataclasses.dataclass(frozen=True)
class OperandTimes:
    """A buffer in device memory: bytes moved, requests, and the cycles that tasks waited for it."""

    bytes: int
    requests: int
    latency_wait: int
    bandwidth_wait: int


@dataclasses.dataclass(frozen=True)
class Solution:
    """When a kernel does what its log says. With a ``deadlock``, tasks that did not end have no times."""

    deadlock: bool
    tasks: tuple[TaskTimes, ...]
    streams: tuple[StreamTimes, ...]
    operands: tuple[OperandTimes, ...]


class _Settings(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_int64)
        for name in (
            *("pipelines", "read_latency", "write_latency", "outstanding", "burst_beats", "beat_bytes", "page_bytes"),
            "phase_cycles",
        )
    ]


class _Problem(ctypes.Structure):
    _fields_ = [
        ("log", ctypes.c_void_p),
        ("words", ctypes.c_int64),
        ("depths", ctypes.c_void_p),
        ("timings", ctypes.c_void_p),
        ("timing_count", ctypes.c_int64),
        ("pauses", ctypes.c_void_p),
        ("operands", ctypes.c_void_p),
        ("operand_count", ctypes.c_int64),
        ("channels", ctypes.c_void_p),
        ("channel_count", ctypes.c_int64),
        ("how", _Settings),
    ]


class _Solution(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("tasks", "streams", "operands")]


_DEADLOCK, _MALFORMED, _UNTIMED = 1, 2, 3
_TASK_WORDS, _STREAM_WORDS, _OPERAND_WORDS = 11, 6, 4
_TO_READ = 1
_TASK_TIMES = [field.name for field in dataclasses.fields(TaskTimes)][:9]


class Solver:
    """Solves one log for any depths, timings and memory."""

    def __init__(self, log: CycleLog, cache: Cache) -> None:
        self.log = log
        self._library: Any = ctypes.CDLL(str(_built(cache)))
        self._library.hls_lib_solve.restype = ctypes.c_int64

    def solve(
        self,
        depths: Sequence[int],
        timings: Sequence[LoopTiming],
        memory: Memory,
        style: Style = "stp",
        phase_cycles: int = 0,
    ) -> Solution:
        """When each task starts, waits and ends.

        Args:
            depths: of the log's streams, in elements.
            timings: of every loop that the log enters.
            memory: its channels are those that the operands of the log name.
            style: ``stp``: a pipeline stands as a whole while its next iteration lacks an input or its last one room.
                ``flp``: each iteration goes on as far as it can.
            phase_cycles: from the end of a phase's last task to the start of the next phase.

        Raises InternalError where the log was cut off or makes no sense, or a loop has no timing.
        """
        log = self.log
        if len(depths) != len(log.streams):
            raise InternalError(f"{len(depths)} depths for {len(log.streams)} streams", code="bad-log")
        banks = sorted({operand.bank for operand in log.operands})
        pauses = [n for timing in timings for n in timing.pauses]
        first = np.cumsum([0, *(len(timing.pauses) for timing in timings)]).tolist()
        tables = [
            _table(log.words),
            _table(depths),
            _table([_row(timing, *first[i : i + 2]) for i, timing in enumerate(timings)]),
            _table(pauses),
            _table([(o.address, o.bytes, banks.index(o.bank)) for o in log.operands]),
            np.array([(memory.bytes_per_cycle, memory.request_cycles)] * len(banks), np.float64),
        ]
        results = [
            np.zeros((len(log.tasks), _TASK_WORDS), np.int64),
            np.zeros((len(log.streams), _STREAM_WORDS), np.int64),
            np.zeros((len(log.operands), _OPERAND_WORDS), np.int64),
        ]
        words, depth_table, timing_table, pause_table, operand_table, channel_table = (t.ctypes.data for t in tables)
        how = _Settings(
            STYLES.index(style),
            *(memory.read_latency, memory.write_latency, memory.outstanding, memory.burst_beats),
            *(memory.beat_bytes, memory.page_bytes, phase_cycles),
        )
        problem = _Problem(
            *(words, len(log.words), depth_table, timing_table, len(timings), pause_table),
            *(operand_table, len(log.operands), channel_table, len(banks), how),
        )
        message = ctypes.create_string_buffer(1024)
        out = _Solution(*(each.ctypes.data for each in results))
        outcome = self._library.hls_lib_solve(ctypes.byref(problem), ctypes.byref(out), message, ctypes.c_int64(1024))
        if outcome == _MALFORMED:
            raise InternalError(f"the cycle log cannot be solved: {message.value.decode()}", code="bad-log")
        if outcome == _UNTIMED:
            task, label = map(int, message.value.split())
            raise InternalError(
                f'loop {log.labels[label]} of task "{log.tasks[task].name}" has no timing',
                code="no-timing",
                hint="the cost that its stage states has no loop of that label",
            )
        tasks, streams, operands = (each.tolist() for each in results)
        return Solution(
            outcome == _DEADLOCK,
            tuple(map(_task_times, tasks)),
            tuple(StreamTimes(*row) for row in streams),
            tuple(OperandTimes(*row) for row in operands),
        )


def _row(timing: LoopTiming, first: int, end: int) -> tuple[int, ...]:
    ends = (int(timing.bursts), timing.beat_bytes, timing.outstanding, first, end)
    return (timing.task, timing.label, timing.ii, timing.depth, timing.after, *ends)


def _task_times(row: list[Any]) -> TaskTimes:
    blocked_to, stream = row[9:]
    held = {"blocked": stream if blocked_to else -1, "blocked_to_read": blocked_to == _TO_READ}
    return TaskTimes(**dict(zip(_TASK_TIMES, row, strict=False)), **held)


def _table(rows: Any) -> NDArray[np.int64]:
    return np.ascontiguousarray(rows, np.int64)


def _built(cache: Cache) -> Path:
    chain = toolchain()
    source = library_root() / "emulation" / "solver" / "solver.cpp"

    def make(folder: Path) -> None:
        compile_cpp(chain, ["-shared", str(source), "-o", "solver.so"], folder)

    return cache.entry(key_of("solver", chain.identity), make)[0] / "solver.so"
