"""Which way the best of a row are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.kernels import trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.report.design import DesignReport
from torch_fpga.stages.common.sorting import MAX_COLS
from torch_fpga.targets.kernel import kernel_options


def _design(function: Callable[..., Any], *shape: int) -> DesignReport:
    return lower(trace(function, torch.zeros(shape)), "kernel", Dump(), kernel_options("u55c")).design


@pytest.mark.parametrize(
    ("cols", "k", "template"),
    [
        (MAX_COLS, 128, "topk"),
        (129, 129, "topk_by_sort"),
        (1024, 129, "topk_by_sort"),
        (4096, 2049, "topk_by_sort"),
        (1025, 129, "topk_by_radix"),
        (MAX_COLS, 4096, "topk_by_radix"),
        (MAX_COLS + 1, 129, "topk"),
    ],
)
def test_the_template_for_rows_and_k(cols: int, k: int, template: str) -> None:
    (phase,) = _design(lambda x: torch.topk(x, k), 1, cols).phases
    assert template in [task.template for task in phase.tasks]


def test_a_large_selection_takes_less_than_twice_as_long_as_one_pass_over_the_row() -> None:
    one_pass = _design(lambda x: x.argmax(), 131072).cycles
    assert _design(lambda x: torch.topk(x, 2048), 131072).cycles < 2 * one_pass


def test_sorted_rows_take_a_few_passes_over_them() -> None:
    read = _design(lambda x: x.argmax(-1), 8, 1024).cycles
    assert _design(lambda x: torch.sort(x, -1), 8, 1024).cycles < 20 * read
