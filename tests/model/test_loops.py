"""What the solver of cycle logs is told of a task's loops."""

from __future__ import annotations

from torch_fpga.model.loops import loop_reports
from torch_fpga.report.design import LoopReport
from torch_fpga.stages.common.cost import Access, Cost, Loop, Repeat
from torch_fpga.targets.chip import load_chip

CHIP = load_chip("ultrascale_plus")


def test_equal_labels_are_one_loop() -> None:
    assert loop_reports(Cost((Loop("a", 3, 2, 7, after=4), Loop("a", 9, 2, 7))), CHIP) == [LoopReport("a", 2, 7, 4)]


def test_what_memory_takes_of_a_loop_is_left_to_the_solver() -> None:
    burst, single = Access("src", 512, burst_bytes=6400), Access("src", 32)
    cost = Cost(
        (
            Loop("burst", 100, depth=CHIP.read_cycles, memory=(burst,)),
            Loop("single", 100, depth=CHIP.read_cycles, memory=(single,)),
            Loop("array", 100, depth=3, memory=(Access("src", 32, on_chip=True),)),
        )
    )
    assert loop_reports(cost, CHIP) == [
        LoopReport("burst", 1, 10, 0, bursts=True, beat_bytes=64),
        LoopReport("single", 1, 10, 0, bursts=False, beat_bytes=4),
        LoopReport("array", 1, 3, 0),
    ]


def test_what_several_accesses_take_of_an_iteration_is_left_to_the_solver():
    several = Loop("l", 4, ii=16, depth=CHIP.read_cycles + 15, memory=(Access("src", 32, 16, burst_bytes=256),))
    assert loop_reports(Cost((several,)), CHIP) == [LoopReport("l", 16, 10, 0, bursts=True, beat_bytes=4)]


def test_an_outer_loop_takes_a_cycle_behind_each_round() -> None:
    """Of five rows of three entries: a cycle behind each entry, and one more behind every third."""
    nest = Repeat(5, (Loop("before", 2), Repeat(3, (Loop("inner", 4),))))
    assert [(loop.label, loop.pauses) for loop in loop_reports(Cost((nest,)), CHIP)] == [
        ("before", [1]),
        ("inner", [1, 3]),
    ]
