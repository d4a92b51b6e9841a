"""What kernels take of a card together: by how much it is too much, what takes most, what to do."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from torch_fpga.report.budget import excesses, verdict
from torch_fpga.report.design import DesignReport
from torch_fpga.report.kernels import RESOURCES

ROOM = dict.fromkeys(RESOURCES, 900.0)


def design(**parts: dict[str, float]) -> DesignReport:
    filled = {name: dict.fromkeys(RESOURCES, 0.0) | part for name, part in parts.items()}
    taken = {name: sum(part[name] for part in filled.values()) for name in RESOURCES}
    figures = {
        "cycles": 1,
        "closed_form": 1,
        "clock_mhz": 250,
        "bytes": 1,
        "flops": 1,
        "memory_gb_per_s": 460,
        "peak_gflops": 1500,
    }
    return DesignReport("estimated", **figures, memory_share=0, resources=taken, room=ROOM, parts=filled, slrs=3)


def test_kernels_that_fit_are_no_excess() -> None:
    assert excesses({}) == []
    assert excesses({"fpga0": design(scores={"dsp": 300}), "fpga1": design(best={"dsp": 300, "ports": 32})}) == []


def test_the_verdict_says_what_they_take_most_of() -> None:
    one, other = design(scores={"dsp": 450, "lut": 90}), design(best={"dsp": 360})
    assert verdict({"fpga0": one}) == "The kernel fits the card: 50 % of its DSP."
    assert verdict({"fpga0": one, "fpga1": other}) == "All 2 kernels together fit the card: 90 % of its DSP."
    both = verdict({"fpga0": one, "fpga1": other, "fpga2": other})
    assert both == "All 3 kernels together do not fit the card: 130 % of its DSP."
    assert (
        verdict({"fpga0": design(best={"ports": 901})})
        == "The kernel does not fit the card: 100 % of its memory ports."
    )


def test_the_sum_counts_and_the_largest_part_is_named() -> None:
    kernels = {"fpga0": design(load={"dsp": 1}, scores={"dsp": 299}), "fpga1": design(a={"dsp": 290, "uram": 5})}
    kernels |= {"fpga2": design(b={"dsp": 295}), "fpga3": design(c={"dsp": 285})}
    (excess,) = excesses(kernels)
    assert excess.whole
    assert (excess.resource, excess.takes, excess.has) == ("dsp", 1170, 900)
    assert "the card has 900 DSP and 1.17 kB"[:20] in excess.words
    assert "30 % too many" in excess.words
    assert 'fpga0: 300, of which "scores" 299' in excess.words
    assert "narrow integers" in excess.words


def test_a_kernel_larger_than_a_die_is_named_and_ports_are_not_of_a_die() -> None:
    (excess,) = excesses({"fpga0": design(scores={"lut": 301, "ports": 32})})
    assert not excess.whole
    assert excess.words.startswith("one of the 3 dies, on which a kernel should lie, has 300 LUT and 301 are wanted")


@given(st.lists(st.dictionaries(st.sampled_from(list(RESOURCES)), st.floats(0, 1000)), min_size=1, max_size=5))
def test_nothing_over_is_missed(kernels: list[dict[str, float]]) -> None:
    found = excesses({f"fpga{i}": design(task=parts) for i, parts in enumerate(kernels)})
    over = {name for name in RESOURCES if sum(parts.get(name, 0.0) for parts in kernels) > 900}
    assert {excess.resource for excess in found if excess.whole} == over
