"""Products of large matrices, and what follows them, in blocks over memory channels: the results are those of eager."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.targets.kernel import kernel_options

NAN, INF = float("nan"), float("inf")
CLOSE = {"rtol": 1e-4, "atol": 1e-4}


def _random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def search(keys, q):
    return torch.topk(keys @ q, 16)


def search_scaled(keys, scales, q):
    return torch.topk((keys.to(torch.float32) @ q) * scales, 16)


def _templates(function, *inputs) -> list[str]:
    design = lower(trace(function, *inputs), "kernel", Dump(), kernel_options("u55c")).design
    return [task.template for phase in design.phases for task in phase.tasks]


def _whole_numbers(rows: int, cols: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Products are small whole numbers, so that many are equal, in all blocks."""
    generator = torch.Generator().manual_seed(1)
    matrix = torch.randint(-2, 3, (rows, cols), generator=generator).float()
    vector = torch.zeros(cols)
    vector[:3] = 1
    return matrix, vector


@pytest.mark.parametrize("largest", [True, False])
def test_of_equal_values_the_first_ones_are_taken(largest):
    matrix, vector = _whole_numbers(4100, 64)
    order = torch.sort(matrix @ vector, stable=True, descending=largest)
    best = torch.topk(matrix @ vector, 64, largest=largest)
    # Eager takes any of equals: it is told which are right by a stable sort.
    torch.testing.assert_close(best.values, order.values[:64])
    check(_First(order.indices[:64], largest), matrix, vector)


class _First:
    """In eager the first of equals, by a stable sort; in a kernel a top-k."""

    def __init__(self, indices: torch.Tensor, largest: bool) -> None:
        self.indices, self.largest = indices, largest

    def __call__(self, matrix, vector):
        if torch.compiler.is_compiling():
            return torch.topk(matrix @ vector, 64, largest=self.largest)[1]
        return self.indices


def test_nan_and_infinities_of_all_blocks():
    matrix = _random(4096, 64)
    matrix[[0, 700, 4095], 0] = NAN
    matrix[[1, 2000], 1] = INF
    matrix[[2, 3000], 2] = -INF
    vector = _random(64, seed=1).abs()
    check(lambda m, v: torch.topk(m @ v, 16)[0], matrix, vector, **CLOSE)
    check(lambda m, v: torch.topk(m @ v, 16, largest=False)[0], matrix, vector, **CLOSE)


@pytest.mark.parametrize("rows", [8192, 8207])
def test_int8_keys_with_a_scale_a_row(rows):
    generator = torch.Generator().manual_seed(2)
    keys = torch.randint(-128, 128, (rows, 128), dtype=torch.int8, generator=generator)
    inputs = keys, _random(rows, seed=3).abs() + 0.1, _random(128, seed=4)
    # The scales of 8,207 rows are no whole vectors: what lies behind the last one is read too, and counts for nothing.
    assert "load_vectors_after" in _templates(search_scaled, *inputs)
    check(search_scaled, *inputs, **CLOSE)


def test_a_block_and_its_scales_lie_in_one_channel_behind_one_port():
    inputs = torch.zeros(8192, 128, dtype=torch.int8), torch.zeros(8192), torch.zeros(128)
    ports = lower(trace(search_scaled, *inputs), "kernel", Dump(), kernel_options("u55c")).signature.ports
    blocks = [port for port in ports if port.channels > 1]
    places = {(port.channel, port.bundle, port.bank) for port in blocks}
    assert len(places) == blocks[0].channels == len(blocks) / 2
    assert len({port.bundle for port in ports}) <= 32


def test_more_than_a_chunk_of_scales():
    rows = 512 * 16 * 30 + 16 * 40
    keys = torch.randint(-128, 128, (rows, 64), dtype=torch.int8, generator=torch.Generator().manual_seed(5))
    check(search_scaled, keys, _random(rows, seed=6).abs() + 0.1, _random(64, seed=7), **CLOSE)


def test_more_than_a_block_has_rows():
    """30 blocks of 16 rows, of which 64 are taken."""
    check(lambda m, v: torch.topk(m @ v, 64), _random(470, 1024), _random(1024, seed=1), **CLOSE)


@pytest.mark.parametrize("shape", [(4100,), (4100, 1), (41, 100), (2, 2050)])
def test_products_that_leave_the_blocks(shape):
    check(lambda m, v: (m @ v).reshape(shape) + 1, _random(4100, 64), _random(64, seed=1), **CLOSE)


def test_what_is_selected_is_read_once_more():
    def scores_too(keys, q):
        scores = keys @ q
        return torch.topk(scores, 4)[0], scores

    inputs = _random(4096, 64), _random(64, seed=1)
    assert "join_blocks" in _templates(scores_too, *inputs)
    check(scores_too, *inputs, **CLOSE)


def test_many_are_selected_behind_the_join():
    inputs = _random(4096, 64), _random(64, seed=1)
    assert "topk_of_block" in _templates(search, *inputs)
    assert "topk_of_block" not in _templates(lambda k, q: torch.topk(k @ q, 65), *inputs)
    check(lambda k, q: torch.topk(k @ q, 65), *inputs, **CLOSE)


def test_the_targets_of_the_memory_pipeline():
    """The streaming part reaches three quarters of a U55C's memory, by the closed form, on the card's ports."""
    keys, values, q = torch.zeros(65536, 128), torch.zeros(65536, 128), torch.zeros(128)

    def attend(keys, values, q):
        best, where = torch.topk(keys @ q, 64)
        return torch.softmax(best, 0) @ values[where]

    def attend_int8(keys, scales, values, q):
        best, where = torch.topk((keys.float() @ q) * scales, 64)
        return torch.softmax(best, 0) @ values[where]

    cases = (
        (attend, (keys, values, q)),
        (attend_int8, (keys.to(torch.int8), torch.zeros(65536), values, q)),
        (lambda w, x: w @ x, (torch.zeros(4096, 4096), torch.zeros(4096))),
    )
    for function, inputs in cases:
        design = lower(trace(function, *inputs), "kernel", Dump(), kernel_options("u55c")).design
        streaming = [
            t for t in design.phases[0].tasks if t.template in ("load_vectors", "load_vectors_after", "matmul")
        ]
        microseconds = max(task.end for task in streaming) / design.clock_mhz
        share = sum(task.bytes for task in streaming) / (microseconds * design.memory_gb_per_s * 1e3)
        assert share >= 0.75, share
        over = {name: taken for name, taken in design.resources.items() if taken > design.room[name]}
        assert not over


def test_tensors_may_be_called_as_the_library_calls_things():
    def f(b, pick, repeat):
        softmax, fork = torch.topk((b @ pick) * repeat, 16)
        return torch.softmax(softmax, 0) @ b[fork]

    check(f, _random(4096, 64), _random(64, seed=1), _random(4096, seed=2).abs(), **CLOSE)
