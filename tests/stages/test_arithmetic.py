"""The cost of scalar functions, conversions and sums: a row for every function of hls_lib, of operators there are."""

from __future__ import annotations

import re

import pytest

from torch_fpga.element_types import BY_MLIR, ELEMENT_TYPES
from torch_fpga.runtime.toolchain import library_root
from torch_fpga.stages.common import arithmetic
from torch_fpga.targets.chip import load_chip

MATH = (library_root() / "include" / "hls_lib" / "math.hpp").read_text()
FUNCTIONS = set(re.findall(r"^inline (?:T|bool) (\w+)\(", MATH.split("}  // namespace detail")[1], re.MULTILINE))
CHIPS = [load_chip("ultrascale_plus"), load_chip("versal")]


def test_every_function_of_hls_lib_has_a_row() -> None:
    assert "log1p" in FUNCTIONS
    assert set(arithmetic._FLOATS) | set(arithmetic._INTEGERS) == FUNCTIONS


@pytest.mark.parametrize("chip", CHIPS, ids=["ultrascale_plus", "versal"])
def test_rows_are_made_of_operators_there_are(chip) -> None:
    for chain in (*arithmetic._FLOATS.values(), *arithmetic._INTEGERS.values()):
        assert chip.latency(*chain) >= 0
    for source in ELEMENT_TYPES:
        for target in ELEMENT_TYPES:
            assert (chip.latency(*arithmetic.cast(source, target)) >= 0) is True
            assert (arithmetic.cast(source, target) == ()) or source != target


def test_sixteen_bits_are_computed_in_32() -> None:
    half, wide = BY_MLIR["f16"], BY_MLIR["f32"]
    assert arithmetic.cast(half, wide) == ("half_to_float",)
    assert arithmetic.cast(BY_MLIR["bf16"], half) == ("float_to_half",)
    assert arithmetic.cast(half, BY_MLIR["bf16"]) == ("half_to_float", "float_to_bfloat")


def test_a_sum_of_floats_waits_for_its_adder_and_one_of_integers_does_not() -> None:
    ultrascale, versal = CHIPS
    floats = arithmetic.add_carried(BY_MLIR["f32"])
    # Vitis HLS reports II = 4 at 300 MHz for a carried sum of floats (LLM_FPGA, LayerNorm); a DSPFP32 of Versal adds
    # in one cycle.
    assert ultrascale.carried(floats) == 4
    assert versal.carried(floats) == 1
    assert ultrascale.carried(arithmetic.add_carried(BY_MLIR["i32"])) == 1


def test_a_tree_is_as_deep_as_its_lanes_need() -> None:
    assert [arithmetic.levels(width) for width in (1, 2, 3, 16, 17)] == [0, 1, 2, 4, 5]
