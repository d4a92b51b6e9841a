"""Kernels that are too much for one card together get less of it, as little less as can be."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import torch_fpga
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.one_image import FULL, LANES, PORTS, Work, share
from torch_fpga.errors import FpgaError
from torch_fpga.report.design import DesignReport
from torch_fpga.runtime.signature import Port, Signature
from torch_fpga.targets.kernel import KernelOptions, kernel_options

U55C = kernel_options("u55c")
ROOM = {"lut": 100.0, "ports": 32.0}
CHOICES = [(ports, U55C.lanes) for ports in PORTS] + [(min(PORTS), lanes) for lanes in LANES]


@dataclasses.dataclass(frozen=True)
class Made:
    """A work in numbers: what a design takes and how long, by ports and lanes; without those that cannot be made."""

    calls: int
    designs: dict[tuple[int, int], tuple[float, float]]  # LUT, microseconds

    def lower(self, options: KernelOptions) -> Lowered:
        key = options.ports, options.lanes
        if key not in self.designs:
            raise FpgaError("not by these options")
        (lut, us), ports = self.designs[key], key[0]
        bundles = [Port("k", "in", 0, 1, torch.float32, f"gmem{i}", i, channel=i, channels=ports) for i in range(ports)]
        resources = {"lut": lut, "ports": float(ports)}
        design = DesignReport("estimated", us, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, resources=resources, room=ROOM)
        return Lowered(f"k{key}", "", Signature(tuple(bundles), (), (), (), "cpu"), design)

    def work(self) -> Work:
        return Work(self.lower(U55C), self.calls, self.lower)


def cheapest(works: list[Made], full: float) -> float | None:
    """By trying all."""
    costs = []
    for keys in itertools.product(*[work.designs for work in works]):
        lut = sum(work.designs[key][0] for work, key in zip(works, keys, strict=True))
        if lut <= full * ROOM["lut"] and sum(ports for ports, _ in keys) <= ROOM["ports"]:
            costs.append(sum(work.calls * work.designs[key][1] for work, key in zip(works, keys, strict=True)))
    return min(costs, default=None)


@st.composite
def made(draw) -> Made:
    keys = [(U55C.ports, U55C.lanes), *draw(st.lists(st.sampled_from(CHOICES), unique=True))]
    numbers = st.tuples(st.integers(1, 90).map(float), st.integers(1, 1000).map(float))
    return Made(draw(st.integers(1, 30)), {key: draw(numbers) for key in keys})


@settings(deadline=None)  # the first call imports the solver
@given(st.lists(made(), min_size=2, max_size=3))
def test_no_choice_that_fits_is_faster(works: list[Made]) -> None:
    chosen = share([work.work() for work in works], U55C)
    best = next((cost for full in FULL if (cost := cheapest(works, full)) is not None), None)
    if chosen is None:
        assert best is None
        return
    cost = sum(
        work.calls * work.designs[options.ports, options.lanes][1] for work, options in zip(works, chosen, strict=True)
    )
    assert cost == pytest.approx(best)


def test_what_fits_stays_as_it_is() -> None:
    alone = Made(3, {(U55C.ports, U55C.lanes): (99.0, 1.0), (4, 16): (1.0, 0.5)})
    assert share([alone.work()], U55C) is None


def two_searches(first: torch.Tensor, second: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    best = torch.topk(first @ q, 128).values
    return torch.softmax(second @ torch.lgamma(best), 0)  # lgamma has no row in the op table


def test_two_large_matrices_share_the_channels() -> None:
    keys = torch.zeros(8192, 128)
    (graph,) = torch_fpga.explain(two_searches, keys, torch.zeros(4096, 128), torch.zeros(128), placement="fpga").graphs
    designs = [region.design for region in graph.on("fpga")]
    assert len(designs) == 2
    for name, has in designs[0].room.items():
        assert sum(design.resources[name] for design in designs) <= has
    (note,) = [note for note in graph.notes if "so that all kernels fit it together" in note]
    assert "fpga0 has at most" in note
    assert all(region.fpga_us > region.design.microseconds for region in graph.on("fpga"))
    alone = torch_fpga.explain(lambda k, q: torch.topk(k @ q, 128).values, keys, torch.zeros(128), placement="fpga")
    (whole,) = [region.design for region in alone.graphs[0].on("fpga")]
    assert whole.resources["ports"] > designs[0].resources["ports"]
    assert whole.microseconds < designs[0].microseconds < math.inf
