"""The cost model against figures of the reference, and its laws."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torch_fpga.codegen.vitis.board import BOARDS
from torch_fpga.errors import UserError
from torch_fpga.options import _CHOICES
from torch_fpga.targets.call import call_cost, on_fpga, on_gpu, over_link
from torch_fpga.targets.figures import FOLDER, figure_names, figures
from torch_fpga.targets.fpga import Fpga, load_target
from torch_fpga.targets.gpu import load_host
from torch_fpga.targets.kernel import kernel_options
from torch_fpga.targets.link import load_link
from torch_fpga.targets.work import Work

U55C, MI210, LINK = load_target("u55c"), load_host("mi210"), load_link("mi210", "u55c")
works = st.builds(Work, *[st.integers(0, 10**10)] * 3, gpu_kernels=st.integers(0, 9))


def test_u55c_is_the_roofline_of_the_paper():
    assert U55C.bytes_per_cycle == pytest.approx(1564)
    assert U55C.flops_per_cycle == 6016
    assert U55C.ridge == pytest.approx(3.8465, abs=1e-4)


# The paper's model gives every kernel all 32 channels.
PAPER = dataclasses.replace(U55C, shard_channels=32)


def test_u55c_time_of_the_papers_inner_product():
    assert PAPER.time_us(Work(4_228_000, 0, 2_097_000, sharded_bytes=4_228_000)) == pytest.approx(10.94, rel=0.01)


def test_u55c_time_of_the_papers_compute_bound_step():
    assert PAPER.time_us(Work(205_900_000, 0, 1_667_000_000, sharded_bytes=205_900_000)) == pytest.approx(
        1108.6, rel=0.001
    )


@pytest.mark.parametrize(
    ("kib", "to_fpga", "to_gpu"),
    [(8, 13.6, 13.0), (128, 16.3, 22.5), (1024, 244, 234), (65536, 15600, 9650)],
)
def test_link_is_the_papers_fit(kib, to_fpga, to_gpu):
    nbytes = int(kib * 1024)
    assert LINK.time_us(nbytes, "to_fpga") == pytest.approx(to_fpga, rel=0.05)
    assert LINK.time_us(nbytes, "to_gpu") == pytest.approx(to_gpu, rel=0.05)


def test_no_bytes_cost_nothing_and_few_cost_as_much_as_the_smallest_measured():
    assert LINK.time_us(0, "to_fpga") == 0
    assert LINK.time_us(1, "to_gpu") == LINK.time_us(256, "to_gpu") == 13.0


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
    # 1638 GB/s * 0.74 moves 1212.12 kB in a microsecond.
    assert MI210.time_us(Work(1_212_120, 0, 0, gpu_kernels=3)) == pytest.approx(1 + 3 * MI210.launch_us)
    # 45.3 TFLOP/s is 45.3e6 operations a microsecond.
    assert MI210.busy_us(Work(0, 0, 45_300_000)) == pytest.approx(1)


def test_at_its_best_a_gpu_has_one_launch_and_all_its_bandwidth():
    work = Work(1_638_000, irregular_bytes=1_638_000, gpu_kernels=100)
    assert MI210.best_us(work) == pytest.approx(1 + MI210.graph_us + 100 * MI210.graph_kernel_us)
    assert MI210.best_us(Work(gpu_kernels=0)) <= MI210.graph_us


@given(works)
def test_the_best_is_never_slower_than_stock(work):
    assert MI210.best_us(work) <= MI210.time_us(work)


def test_irregular_bytes_take_longer_on_both():
    plain, irregular = Work(10**7), Work(10**7, irregular_bytes=10**7)
    assert MI210.busy_us(irregular) / MI210.busy_us(plain) == pytest.approx(0.74 / 0.25)
    assert U55C.time_us(irregular) > U55C.time_us(plain)


def test_energy_is_power_times_time():
    work = Work(12_121_200, gpu_kernels=2)  # 10 us busy, 10 us of launches
    alone = call_cost([on_gpu(MI210, work)], MI210, None)
    assert (alone.us, alone.uj) == (pytest.approx(20), pytest.approx(10 * MI210.active_w + 10 * MI210.idle_w))
    assert LINK.energy_uj(10**6) == pytest.approx(240)  # 240 pJ a byte


def test_both_cards_draw_power_for_the_whole_call():
    kernel, transfer = on_fpga(U55C, 25.0), over_link(LINK, [64], [64])
    call = call_cost([kernel, transfer], MI210, U55C)
    assert call.us == pytest.approx(U55C.launch_us + 25 + 13.6 + 13.0)
    assert call.uj == pytest.approx(
        call.us * (MI210.idle_w + U55C.idle_w) + 25 * (U55C.active_w - U55C.idle_w) + 128 * 240e-6
    )
    assert (call.gpu_us, call.fpga_us, call.link_us) == (0, U55C.launch_us + 25, pytest.approx(26.6))


def _written(folder: Path, **changed: Any) -> Path:
    """The file of the U55C with other figures; None leaves one out."""
    rows: dict[str, Any] = tomllib.loads((FOLDER / "u55c.toml").read_text()) | changed
    lines = [f"{key} = {_toml(value)}" for key, value in rows.items() if value is not None]
    (folder / "u55c.toml").write_text("\n".join(lines))
    return folder


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value) if isinstance(value, str) else str(value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"launch_us": None}, "u55c.toml: launch_us is missing"),
        ({"launch_us": {"value": -1.0, "source": "a log"}}, "launch_us.value is -1.0"),
        ({"launch_us": {"value": 0, "source": "a log"}}, "launch_us.value is 0"),
        ({"launch_us": {"value": float("nan"), "source": "a log"}}, "launch_us.value is nan"),
        ({"launch_us": {"value": float("inf"), "source": "a log"}}, "launch_us.value is inf"),
        ({"launch_us": {"value": "ten", "source": "a log"}}, "launch_us.value is 'ten', not a number"),
        ({"launch_us": {"value": 75.0}}, "u55c.toml: launch_us has no source"),
        ({"launch_us": {"value": 75.0, "source": "estimate: "}}, "says nothing"),
        ({"launch_us": 75.0}, "launch_us is 75.0, not a table"),
        ({"lunch_us": {"value": 75.0, "source": "a log"}}, "unknown key 'lunch_us'"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(changed, said, tmp_path):
    names = figure_names([field.name for field in dataclasses.fields(Fpga)])
    assert figures("u55c", names, _written(tmp_path))["launch_us"] == U55C.launch_us
    with pytest.raises(UserError, match=re.escape(said)):
        figures("u55c", names, _written(tmp_path, **changed))


def test_a_kernel_on_few_channels_has_their_bandwidth_only():
    few = dataclasses.replace(U55C, shard_channels=8)
    assert few.sharded_bytes_per_cycle == pytest.approx(1564 / 4)
    many = dataclasses.replace(U55C, shard_channels=64)
    assert many.sharded_bytes_per_cycle == U55C.bytes_per_cycle
    assert U55C.port_bytes_per_cycle == pytest.approx(1564 / 32)


@pytest.mark.parametrize("name", _CHOICES["target"])
def test_kernels_and_the_tools_have_the_channels_of_the_card(name):
    target, options = load_target(name), kernel_options(name)
    assert (options.memory_channels, options.shard_channels) == (
        target.memory_channels,
        target.shard_channels,
    )
    assert BOARDS[name].channels == target.memory_channels >= target.shard_channels


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
def test_every_device_of_the_options_loads_with_its_sources(host, target):
    gpu, fpga, link = load_host(host), load_target(target), load_link(host, target)
    for device in (gpu, fpga):
        figures_of = {field.name for field in dataclasses.fields(device)} - {"name", "sources"}
        assert set(device.sources) == figures_of
    assert link.measured == ((host, target) == ("mi210", "u55c"))
    assert fpga.ridge > 0
    assert gpu.time_us(Work(1000)) > 0
