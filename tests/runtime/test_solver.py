"""The solver of cycle logs against times worked out by hand, and its laws.

A loop is entered in a cycle, issues its first iteration in the next one, and is left a cycle after the last write. What
is written in a cycle can be read from the next one on, and a slot that is freed can be written from the next one on.
"""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.caches import cache
from tests.runtime.hand_made import Do, HandMade, Loop, Task
from torch_fpga.errors import InternalError
from torch_fpga.runtime.cycle_log import LoggedOperand
from torch_fpga.runtime.solver import STYLES, Memory, Solver, Style
from torch_fpga.stages.common import cost

styles = pytest.mark.parametrize("style", STYLES)
KIB = LoggedOperand("x", 1 << 20, 1 << 16, 0)
M_AXI = Memory(read_latency=64, write_latency=64)


def ends(log: HandMade, **how: object) -> dict[str, int]:
    solution = log.solve(**how)  # type: ignore[arg-type]
    assert not solution.deadlock
    return {task.name: times.end for task, times in zip(log.log.tasks, solution.tasks, strict=True)}


def chain(count: int, *loops: tuple[int, int], depth: int = 2) -> HandMade:
    """A source, and tasks of (II, depth) behind it, joined by FIFOs of ``depth``."""
    streams = {f"s{i}": depth for i in range(len(loops) - 1)}
    names = [None, *streams, None]
    tasks = [
        Task(
            f"t{i}",
            [
                Loop(
                    [Do(count, [name for name in names[i : i + 1] if name], [n for n in names[i + 1 : i + 2] if n])],
                    ii,
                    d,
                )
            ],
        )
        for i, (ii, d) in enumerate(loops)
    ]
    return HandMade(streams, tasks)


@styles
@settings(deadline=None)  # the first example builds the solver
@given(st.integers(1, 50), st.integers(1, 5), st.integers(1, 40), st.integers(0, 9))
def test_a_loop_alone_takes_what_the_closed_form_says(
    style: Style, trips: int, ii: int, depth: int, after: int
) -> None:
    log = HandMade({}, [Task("t", [Loop([Do(trips)], ii, depth, after)])])
    assert ends(log, style=style)["t"] == cost.Loop("l", trips, ii, depth, after=after).cycles


@styles
def test_a_pipeline_is_as_slow_as_its_slowest_task(style: Style) -> None:
    found = ends(chain(100, (1, 3), (4, 10), (1, 2)), style=style)
    # Enter, the first element in cycle 1 + 2, read in 4; 99 intervals; out after 9, read a cycle later, out after 1.
    assert found["t1"] == 4 + 99 * 4 + 9 + 1
    assert found["t2"] == 4 + 99 * 4 + 9 + 1 + 1 + 1


def test_an_element_passes_a_fifo_of_depth_one_in_every_second_cycle() -> None:
    assert ends(chain(100, (1, 1), (1, 1), depth=1))["t1"] == 2 + 99 * 2 + 1
    assert ends(chain(100, (1, 1), (1, 1), depth=2))["t1"] == 2 + 99 + 1


def test_reads_and_writes_of_one_stream_in_an_iteration_take_a_cycle_each() -> None:
    twice = Task("twice", [Loop([Do(10, [], ["s", "s"])], depth=1)])
    once = Task("once", [Loop([Do(20, ["s"])], depth=1)])
    found = ends(HandMade({"s": 64}, [twice, once]))
    assert found["twice"] == 1 + 9 * 2 + 1 + 1
    assert found["once"] == 2 + 19 + 1


@styles
def test_events_behind_a_loop_are_done_before_the_next_one(style: Style) -> None:
    """As a row's sum is written: its reader is slow, so that it waits where the next loop is about to be entered."""
    rows = 8
    sums = Task("sums", [part for _ in range(rows) for part in (Loop([Do(4)]), Do(1, [], ["s"]))])
    slow = Task("slow", [Loop([Do(rows, ["s"])], ii=50)])
    log = HandMade({"s": 1}, [sums, slow])
    solution = log.solve(style=style)
    assert not solution.deadlock
    assert solution.streams[0].elements == rows
    first = 4 + 3 - 1 + 1
    assert solution.tasks[1].end == first + 50 * (rows - 1) + 1 + 1


def reconverging(short: int) -> HandMade:
    """A fork whose one way takes 30 cycles more than the other."""
    return HandMade(
        {"in": 2, "long": 2, "made": 2, "short": short},
        [
            Task("source", [Loop([Do(100, [], ["in"])])]),
            Task("fork", [Loop([Do(100, ["in"], ["long", "short"])])]),
            Task("work", [Loop([Do(100, ["long"], ["made"])], depth=30)]),
            Task("join", [Loop([Do(100, ["made", "short"])])]),
        ],
    )


@styles
def test_a_short_way_needs_room_for_what_the_long_one_holds(style: Style) -> None:
    enough = ends(reconverging(100), style=style)["join"]
    most = reconverging(100).solve(style=style).streams[3].most
    assert ends(reconverging(most), style=style)["join"] == enough
    assert most > 28


def test_in_a_stalled_pipeline_a_short_way_is_a_deadlock_and_says_who_waits_for_what() -> None:
    solution = reconverging(20).solve("stp")
    assert solution.deadlock
    waits = [(times.blocked, times.blocked_to_read) for times in solution.tasks]
    # The source and the fork cannot write, the work and the join have nothing to read.
    assert waits == [(0, False), (3, False), (1, True), (2, True)]
    # Where iterations go on by themselves it is only slow.
    assert ends(reconverging(20), style="flp")["join"] > ends(reconverging(100), style="flp")["join"]


def test_a_pipeline_that_waits_for_an_answer_to_what_it_holds() -> None:
    asks = Task("asks", [part for _ in range(4) for part in (Do(1, [], ["question"]), Do(1, ["answer"]))])
    gives = Task("gives", [Loop([Do(4, ["question"], ["answer"])], depth=10)])
    log = HandMade({"question": 2, "answer": 2}, [asks, gives])
    assert log.solve("stp").deadlock
    # Each question is read a cycle after it was put, answered 9 later, and the answer read a cycle after that.
    assert ends(log, style="flp")["asks"] == 1 + 4 * 12 - 1


@pytest.mark.parametrize("beats", [26, 205, 4096])
def test_a_burst_takes_what_csynth_reports(beats: int) -> None:
    """LoopReport of a read of N beats of 512 bits: N + 74; of a write: N + 72 (calibration: LF, PR)."""
    place = [(KIB.address, 64, 64)]
    operand = dataclasses.replace(KIB, bytes=64 * beats)
    load = HandMade({}, [Task("t", [Loop([Do(beats, loads=place)], depth=10)])], [operand])
    store = HandMade({}, [Task("t", [Loop([Do(beats, stores=place)], depth=8)])], [operand])
    assert ends(load, memory=M_AXI)["t"] == beats + 74
    assert ends(store, memory=M_AXI)["t"] == beats + 72


def test_few_outstanding_bursts_leave_the_latency_bare() -> None:
    log = HandMade({}, [Task("t", [Loop([Do(64, loads=[(KIB.address, 64, 64)])])])], [KIB])
    one = ends(log, memory=dataclasses.replace(M_AXI, outstanding=1))["t"]
    # A burst is asked for a cycle after the last beat of the one before: 1 to ask, 64 to wait, 15 more beats.
    assert one == 1 + 4 * (64 + 15) + 3 + 1 + 1
    assert ends(log, memory=dataclasses.replace(M_AXI, outstanding=2))["t"] < one
    assert log.solve(memory=M_AXI).operands[0].requests == 4


def test_addresses_of_their_own_are_requests_of_their_own() -> None:
    scattered = HandMade({}, [Task("t", [Loop([Do(64, loads=[(KIB.address, 4, 256)])])])], [KIB])
    solution = scattered.solve(memory=dataclasses.replace(M_AXI, request_cycles=3.375, outstanding=64))
    assert solution.operands[0].requests == 64
    assert solution.tasks[0].end == pytest.approx(64 * 3.375 + 64, rel=0.02)


@pytest.mark.parametrize("beats", [1, 2, 4, 8, 16])
def test_rows_at_random_are_as_fast_as_their_bytes_or_their_requests(beats: int) -> None:
    """A random read of 256 bytes and more was as fast as a sequential one, one of 64 was not (VT, 07-using-hbm)."""
    rows = [KIB.address + 1024 * (7 * i % 64) for i in range(64)]
    loads = [Do(beats, loads=[(row, 64, 64)]) for row in rows]
    operand = dataclasses.replace(KIB, bytes=64 << 10)
    memory = dataclasses.replace(M_AXI, request_cycles=3.375, bytes_per_cycle=50, outstanding=64)
    solution = HandMade({}, [Task("t", [Loop(loads)])], [operand]).solve(memory=memory)
    assert solution.tasks[0].end == pytest.approx(64 * max(3.375, beats * 64 / 50) + 64, rel=0.03)


def test_a_channel_that_two_tasks_share_gives_each_its_share() -> None:
    other = dataclasses.replace(KIB, name="y", address=2 << 20)
    tasks = [Task(o.name, [Loop([Do(512, loads=[(o.address, 64, 64)])])]) for o in (KIB, other)]
    memory = dataclasses.replace(M_AXI, bytes_per_cycle=64)
    both = HandMade({}, tasks, [KIB, other]).solve(memory=memory).tasks
    apart = HandMade({}, tasks, [KIB, dataclasses.replace(other, bank=1)]).solve(memory=memory).tasks
    assert max(task.end for task in both) == pytest.approx(2 * 512 + 64, abs=10)
    assert max(task.end for task in apart) == pytest.approx(512 + 64, abs=10)
    assert max(task.bandwidth_wait for task in both) > 400
    assert max(task.bandwidth_wait for task in apart) == 0


def test_memory_on_the_chip_takes_no_request() -> None:
    log = HandMade({}, [Task("t", [Loop([Do(10, loads=[(4096, 4, 4)])], depth=3)])], [KIB])
    assert ends(log, memory=M_AXI)["t"] == 10 + 2 - 1 + 2


def test_a_phase_starts_when_the_one_before_has_ended() -> None:
    log = HandMade({}, [Task("a", [Loop([Do(10)])]), Task("b", [Loop([Do(5)])], phase=1)])
    first, second = log.solve(phase_cycles=2).tasks
    assert (first.end, second.start, second.end) == (12, 14, 14 + 7)


@settings(max_examples=60)
@given(
    st.sampled_from(STYLES),
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 12)), min_size=2, max_size=4),
    st.integers(1, 6),
)
def test_laws_of_a_chain(style: Style, count: int, loops: list[tuple[int, int]], depth: int) -> None:
    log = chain(count, *loops, depth=depth)
    solution = log.solve(style)
    assert not solution.deadlock
    for times in solution.tasks:
        waits = times.read_wait + times.write_wait + times.latency_wait + times.bandwidth_wait
        assert times.end - times.start == times.busy + times.interval + times.drain + waits
        assert min(times.busy, times.interval, times.drain, waits) >= 0
    end = solution.tasks[-1].end
    deeper = log.solve(style, depths=[2 * depth] * len(solution.streams))
    assert deeper.tasks[-1].end <= end
    # At the depth that was filled no write comes later.
    filled = deeper.tasks[-1].end
    assert log.solve(style, depths=[stream.most for stream in deeper.streams]).tasks[-1].end == filled


def broken(change: dict[int, int], length: int | None = None) -> HandMade:
    log = chain(3, (1, 2), (1, 2))
    words = log.log.words.copy()
    for place, word in change.items():
        words[place] = word
    log.log = dataclasses.replace(log.log, words=words[:length])
    return log


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (broken({0: 7}), "this is no cycle log"),
        (broken({}, 12), "the cycle log is cut off"),
        (broken({2: 1}), "grew beyond its limit"),
        (broken({4: 0}), "uses a stream it does not declare"),
    ],
)
def test_a_log_that_makes_no_sense_is_refused(log: HandMade, said: str) -> None:
    with pytest.raises(InternalError, match=said):
        log.solve()


def test_a_loop_without_a_timing_is_named() -> None:
    log = chain(3, (1, 2), (1, 2))
    with pytest.raises(InternalError, match='loop l of task "t1" has no timing'):
        Solver(log.log, cache()).solve([2], log.timings[:1], Memory(0, 0))


def test_depths_are_one_a_stream() -> None:
    with pytest.raises(InternalError, match="3 depths for 1 streams"):
        chain(3, (1, 2), (1, 2)).solve(depths=[1, 2, 3])


def test_a_long_run_is_solved_quickly() -> None:
    log = chain(1_000_000, (1, 5), (1, 5))
    assert len(log.log.words) < 40
    assert ends(log)["t1"] == 1 + 4 + 1 + 999_999 + 4 + 1
