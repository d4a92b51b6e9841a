"""What a kernel takes of the chip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model import text
from torch_fpga.errors import InternalError
from torch_fpga.model.resources import NAMES, NONE, Resources, kernel_resources, of_cost, total
from torch_fpga.stages.common.cost import Access, Array, Cost, Loop
from torch_fpga.targets.chip import load_chip

CHIP = load_chip("ultrascale_plus")


def loop(ii: int = 1, **rest) -> Loop:
    return Loop("l", trips=100, ii=ii, depth=10, **rest)


def array(elements: int, bits: int, banks: int = 1, registers: bool = False) -> Resources:
    return of_cost(Cost((), arrays=(Array("a", elements, bits, banks, registers),)), CHIP)


@pytest.mark.parametrize(("ii", "units"), [(1, 32), (3, 11), (4, 8), (32, 1), (100, 1)])
def test_operators_of_several_stages_are_shared_among_the_cycles_of_an_interval(ii: int, units: int) -> None:
    assert of_cost(Cost((loop(ii, operators={"fmul": 32}),)), CHIP).dsp == units * CHIP.operators["fmul"].dsp


def test_operators_that_take_no_cycle_of_their_own_are_not_shared() -> None:
    more = of_cost(Cost((loop(4, operators={"icmp": 32}),)), CHIP).lut - of_cost(Cost((loop(4),)), CHIP).lut
    assert more == 32 * CHIP.operators["icmp"].lut


def test_operators_behind_a_loop_stand_side_by_side() -> None:
    assert of_cost(Cost((loop(4),), {"fadd": 7}), CHIP).dsp == 7 * CHIP.operators["fadd"].dsp


def test_an_operator_that_no_table_has_is_an_error() -> None:
    with pytest.raises(InternalError, match=r"operators\.toml has no fgamma"):
        of_cost(Cost((loop(operators={"fgamma": 1}),)), CHIP)


def test_what_comes_from_memory_is_in_a_register_and_what_goes_there_in_that_of_its_stream() -> None:
    access = (Access("x", 512, 1, 4096),)
    load, store = (
        of_cost(Cost((loop(memory=access, **ends),)), CHIP) for ends in ({"writes": ("s",)}, {"reads": ("s",)})
    )
    assert load.ff - store.ff == 512


@pytest.mark.parametrize(
    ("elements", "bits", "banks", "brams"),
    [(512, 32, 1, 1), (1024, 32, 1, 2), (512, 64, 1, 2), (512, 512, 1, 15), (1024, 512, 1, 29), (4096, 32, 16, 16)],
)
def test_arrays_in_block_ram(elements: int, bits: int, banks: int, brams: int) -> None:
    assert array(elements, bits, banks).bram18 == brams


def test_small_arrays_are_in_luts_or_registers() -> None:
    assert array(16, 32).bram18 == 0
    assert array(16, 32).lut > 0
    assert array(64, 96, 64, registers=True) == Resources(ff=64 * 96)


@given(st.integers(1, 1 << 16), st.sampled_from([8, 16, 32, 64]), st.sampled_from([1, 2, 4, 16]))
def test_an_array_has_room_for_its_bits(elements: int, bits: int, banks: int) -> None:
    found = array(elements, bits, banks)
    assert 18 * 1024 * found.bram18 + 64 * found.lut >= elements * bits


def parts(*lines: str) -> dict[str, Resources]:
    with text.kernel(*lines) as kernel:
        return dict(kernel_resources(kernel, CHIP))


def copied(depth: int = 64, lanes: int = 16, stride: int | None = None) -> list[str]:
    tasks = [text.load("x", "s", 4, 160, lanes, stride), text.store("s", "y", 4, 160, lanes)]
    ports = [text.port("x"), text.port("y", role="out", bank=1)]
    return [*ports, text.phase(text.stream("s", lanes, depth=depth), *tasks)]


def test_parts_are_named_and_add_up() -> None:
    found = parts(*copied())
    assert set(found) == {"control", "FIFOs", "load x", "store s", "ports"}
    assert found["ports"].ports == 2
    whole = total(found.values())
    for name in NAMES:
        assert getattr(whole, name) == sum(getattr(part, name) for part in found.values())
    assert total([]) == NONE


@pytest.mark.parametrize(("depth", "brams"), [(2, 0), (3, 15), (64, 15), (512, 15), (513, 29)])
def test_a_fifo_of_512_bits_is_in_block_ram_from_three_on(depth: int, brams: int) -> None:
    assert parts(*copied(depth))["FIFOs"].bram18 == brams


def test_a_fifo_of_few_bits_is_in_luts() -> None:
    assert parts(*copied(depth=32, lanes=1))["FIFOs"].bram18 == 0


def test_a_port_that_is_not_wide_has_a_smaller_adapter() -> None:
    wide, narrow = parts(*copied()), parts(*copied(stride=161))
    assert narrow["ports"].lut < wide["ports"].lut


def test_a_buffer_is_where_it_is_bound() -> None:
    def buffer(storage: str) -> Resources:
        made = f'"hls.buffer"() {{elements = 131072 : i64, name = "b", storage = "{storage}"}}'
        return parts(f"%b = {made} : () -> !hls.memory<f32>")["buffers"]

    assert buffer("uram") == Resources(uram=32)
    assert buffer("bram").bram18 == 256
