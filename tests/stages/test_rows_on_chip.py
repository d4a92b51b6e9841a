"""The cost of rows in passes that overlap: no pass waits for what the one before finds out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from torch_fpga.dialects import hls
from torch_fpga.dialects.mlir import ir
from torch_fpga.stages import context
from torch_fpga.stages.common.cost import Cost, Loop
from torch_fpga.stages.common.rows_on_chip import Flight, norm_cost, softmax_cost
from torch_fpga.targets.chip import Chip, load_chip

CHIPS = [load_chip("ultrascale_plus"), load_chip("versal")]


def _task(rows: int, cols: int, lanes: int, element: str = "f32") -> SimpleNamespace:
    """What the costs ask of a task."""
    kind = hls.Fifo.of(ir.Type.parse(element), lanes)
    stream = SimpleNamespace(type=kind, element=kind.element)
    sizes = {"rows": rows, "cols": cols, "max_cols": 1 << (cols - 1).bit_length()}
    numbers = {name: SimpleNamespace(value=value) for name, value in sizes.items()}
    return SimpleNamespace(**numbers, out=stream, source=stream, weight=None, bias=None)


def _costs(task: SimpleNamespace, chip: Chip) -> list[Cost]:
    return [
        *(softmax_cost(task, chip, log) for log in (False, True)),
        *(norm_cost(task, chip, "passes", ("weight", "bias"), centred) for centred in (False, True)),
    ]


@pytest.mark.parametrize("chip", CHIPS, ids=["ultrascale_plus", "versal"])
@pytest.mark.parametrize("element", ["f32", "f16"])
def test_an_iteration_a_cycle_at_every_width_and_length(chip: Chip, element: str) -> None:
    with context():
        for lanes in (1, 2, 8, 16, 32):
            for cols in (1, lanes, 4096, 1 << 16):
                for cost in _costs(_task(10, cols, lanes, element), chip):
                    assert [loop.ii for loop, _ in cost.each_loop()] == [1]


def test_rows_follow_each_other_without_a_gap() -> None:
    with context():
        for cost in _costs(_task(4096, 4096, 16), CHIPS[0]):
            (loop,) = cost.loops
            assert isinstance(loop, Loop)
            assert loop.trips - loop.lag == 4096 * 256
            # Two rows a pass, and what fills the pipeline once.
            assert loop.cycles - 4096 * 256 < 4 * 256 + 250


@pytest.mark.parametrize(
    ("lanes", "cols", "latency", "vectors"), [(16, 4096, 160, 512), (16, 64, 112, 120), (1, 1, 64, 66)]
)
def test_what_is_kept_is_what_hls_lib_keeps(lanes: int, cols: int, latency: int, vectors: int) -> None:
    # The figures of hls_lib/tests/norms_test.cpp.
    with context():
        flight = Flight.of(_task(1, cols, lanes), 1)
    assert (flight.latency, flight.vectors) == (latency, vectors)
