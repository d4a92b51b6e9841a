"""The cost model against figures of the reference, and its laws."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torch_fpga.codegen.vitis.board import BOARDS
from torch_fpga.options import _CHOICES
from torch_fpga.targets.kernel import kernel_options
from torch_fpga.targets.model import Work, load_host, load_link, load_target

U55C, MI210, LINK = load_target("u55c"), load_host("mi210"), load_link("mi210", "u55c")
works = st.builds(Work, *[st.integers(0, 10**10)] * 3, gpu_kernels=st.integers(0, 9))


def test_u55c_is_the_roofline_of_the_paper():
    assert U55C.bytes_per_cycle == pytest.approx(1564)
    assert U55C.flops_per_cycle == 6016
    assert U55C.ridge == pytest.approx(3.8465, abs=1e-4)


# The paper's model gives every kernel all 32 channels.
PAPER = dataclasses.replace(U55C, interleave_channels=32)


def test_u55c_time_of_the_papers_inner_product():
    assert PAPER.time_us(Work(4_228_000, 0, 2_097_000, interleaved_bytes=4_228_000)) == pytest.approx(10.94, rel=0.01)


def test_u55c_time_of_the_papers_compute_bound_step():
    assert PAPER.time_us(Work(205_900_000, 0, 1_667_000_000, interleaved_bytes=205_900_000)) == pytest.approx(
        1108.6, rel=0.001
    )


@pytest.mark.parametrize(
    ("kib", "to_fpga", "to_gpu"),
    [(0.25, 1.5, 0.9), (0.5, 2.7, 1.7), (8, 12.6, 13.0), (128, 16.3, 22.5), (1024, 244, 234), (65536, 15600, 9650)],
)
def test_link_is_the_papers_fit(kib, to_fpga, to_gpu):
    nbytes = int(kib * 1024)
    assert LINK.time_us(nbytes, "to_fpga") == pytest.approx(to_fpga, rel=0.05)
    assert LINK.time_us(nbytes, "to_gpu") == pytest.approx(to_gpu, rel=0.05)


def test_no_bytes_cost_nothing_and_few_cost_as_much_as_the_smallest_measured():
    assert LINK.time_us(0, "to_fpga") == 0
    assert LINK.time_us(1, "to_gpu") == LINK.time_us(256, "to_gpu")


@given(st.integers(0, 1 << 30), st.integers(0, 1 << 20), st.sampled_from(["to_fpga", "to_gpu"]))
def test_link_never_takes_less_for_more(nbytes, more, direction):
    assert LINK.time_us(nbytes, direction) <= LINK.time_us(nbytes + more, direction)
    assert LINK.energy_uj(nbytes) <= LINK.energy_uj(nbytes + more)


@pytest.mark.parametrize(
    ("factor", "bound"), [(0.89, "memory"), (0.95, "balanced"), (1.05, "balanced"), (1.11, "compute")]
)
def test_bound_is_balanced_within_a_tenth_of_the_ridge(factor, bound):
    assert U55C.bound(Work(10**9, 0, int(10**9 * U55C.ridge * factor))) == bound


def test_gpu_streams_at_its_efficiency_and_pays_each_launch():
    # 1638 GB/s * 0.8 moves 1310.4 kB in a microsecond.
    assert MI210.time_us(Work(1_310_400, 0, 0, gpu_kernels=3)) == pytest.approx(1 + 3 * MI210.launch_us)
    # 45.3 TFLOP/s is 45.3e6 operations a microsecond.
    assert MI210.busy_us(Work(0, 0, 45_300_000)) == pytest.approx(1)


def test_irregular_bytes_take_longer_on_both():
    plain, irregular = Work(10**7), Work(10**7, irregular_bytes=10**7)
    assert MI210.busy_us(irregular) / MI210.busy_us(plain) == pytest.approx(0.8 / 0.25)
    assert U55C.time_us(irregular) > U55C.time_us(plain)


def test_energy_is_power_times_time():
    work = Work(13_104_000, gpu_kernels=2)  # 10 us busy, 10 us of launches
    assert MI210.energy_uj(work, MI210.time_us(work)) == pytest.approx(10 * MI210.active_w + 10 * MI210.idle_w)
    assert LINK.energy_uj(10**6) == pytest.approx(240)  # 240 pJ a byte


def test_a_kernel_on_few_channels_has_their_bandwidth_only():
    few = dataclasses.replace(U55C, interleave_channels=8)
    assert few.interleaved_bytes_per_cycle == pytest.approx(1564 / 4)
    many = dataclasses.replace(U55C, interleave_channels=64)
    assert many.interleaved_bytes_per_cycle == U55C.bytes_per_cycle
    assert U55C.port_bytes_per_cycle == pytest.approx(1564 / 32)


@pytest.mark.parametrize("name", _CHOICES["target"])
def test_kernels_and_the_tools_have_the_channels_of_the_card(name):
    target, options = load_target(name), kernel_options(name)
    assert (options.memory_channels, options.interleave_channels) == (
        target.memory_channels,
        target.interleave_channels,
    )
    assert BOARDS[name].channels == target.memory_channels >= target.interleave_channels


@given(works, works)
def test_work_adds_up(a, b):
    both = a + b
    assert both.bytes == a.bytes + b.bytes
    assert both.gpu_kernels == a.gpu_kernels + b.gpu_kernels
    assert MI210.time_us(both) >= max(MI210.time_us(a), MI210.time_us(b))


def test_intensity_without_bytes_is_zero():
    assert Work(flops=3).intensity == 0


@pytest.mark.parametrize("host", _CHOICES["host"])
@pytest.mark.parametrize("target", _CHOICES["target"])
def test_every_device_of_the_options_loads_and_its_unverified_figures_exist(host, target):
    gpu, fpga, link = load_host(host), load_target(target), load_link(host, target)
    for device in (gpu, fpga, link):
        assert set(device.unverified) <= {field.name for field in dataclasses.fields(device)}
    assert link.measured == ((host, target) == ("mi210", "u55c"))
    assert fpga.ridge > 0
    assert gpu.time_us(Work(1000)) > 0
