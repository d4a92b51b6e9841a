"""The closed form of what moves data against the log, task by task: one kernel of all moves, built and run once."""

from __future__ import annotations

import pytest
import torch

from tests.caches import cache
from tests.kernels import trace
from torch_fpga.compiler.lower_once import lowered_once
from torch_fpga.debug import Dump
from torch_fpga.model.cycle import Cycles
from torch_fpga.runtime.logged import build_logged
from torch_fpga.targets.kernel import kernel_options


def moves(shared, runs, third, repeated, vectors, unaligned, one):
    """Elements in runs, apart and again and again, vectors apart, rows; two loads of one channel; stores in runs."""
    first, second = shared.chunk(2, -1)
    return (
        runs.transpose(0, 1) * 2,
        third[:, ::3] * 2,
        repeated[:, :, None].expand(5, 6, 20) * 2,
        vectors.transpose(0, 1) * 2,
        unaligned * 2,
        torch.cat([one * 2, one * 3], 1),
        first * second,
    )


def test_moves_end_when_the_log_says() -> None:
    inputs = [torch.ones(n) for n in ((128, 128), (7, 4, 40), (6, 99), (5, 6), (7, 4, 16), (40, 33), (6, 3, 8))]
    kernel = lowered_once(trace(moves, *inputs), "kernel", Dump(), cache(), kernel_options("u55c"))
    log, _ = build_logged(kernel.name, kernel.source, kernel.signature, cache()).log(*inputs)
    logged = Cycles(kernel.design, log, "u55c", cache()).report()
    (judged,), (by_log,) = kernel.design.phases, logged.phases
    pairs = [pair for pair in zip(judged.tasks, by_log.tasks, strict=True) if pair[0].bytes]
    templates = {one.template for one, _ in pairs}
    assert templates == {f"{way}_{what}" for way in ("load", "store") for what in ("strided", "vectors", "rows")} | {
        "load_views"
    }
    ends = {f"{number} {one.label}": (one.end, other.end) for number, (one, other) in enumerate(pairs)}
    assert {name: each for name, each in ends.items() if each[0] != pytest.approx(each[1], rel=0.02, abs=12)} == {}
