"""Several vectors meet a large matrix one after the other, over all memory channels."""

from __future__ import annotations

import pytest
import torch

from tests.kernels import check, trace
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Unseen
from torch_fpga.targets.kernel import kernel_options


def search(queries, keys):
    return torch.topk(queries @ keys.t(), 5)


def scaled(queries, keys, scales):
    return torch.topk(queries @ (keys.float() * scales[:, None]).t(), 5)


def scaled_behind(queries, keys, scales):
    return torch.topk((queries @ keys.float().t()) * scales, 5)


def scores(queries, keys):
    return torch.relu(queries @ keys.t())


def search_columns(keys, queries):
    return torch.topk(keys @ queries, 5, dim=0)


def _tasks(function, *inputs) -> dict[str, int]:
    design = lower(trace(function, *inputs), "kernel", Unseen(), kernel_options("u55c")).design
    templates = [task.template for phase in design.phases for task in phase.tasks]
    return {name: templates.count(name) for name in templates}


# Rows that are no multiple of a vector, nor of a block.
ROWS, COLS = 4109, 64
torch.manual_seed(0)
KEYS = torch.randn(ROWS, COLS)
BYTES = torch.randint(-128, 128, (4 * ROWS, COLS), dtype=torch.int8)
SCALES = torch.rand(4 * ROWS)


def scaled_by_rows(keys, scales, queries):
    return torch.topk(((keys.float() @ queries.t()) * scales[:, None]).t(), 5)


CASES = {
    "scaled by rows": (scaled_by_rows, (BYTES, SCALES, torch.randn(3, COLS))),
    "search": (search, (torch.randn(3, COLS), KEYS)),
    "scaled": (scaled, (torch.randn(3, COLS), BYTES, SCALES)),
    "scaled behind": (scaled_behind, (torch.randn(2, COLS), BYTES, SCALES)),
    "scores": (scores, (torch.randn(4, COLS), KEYS)),
    "columns": (search_columns, (KEYS, torch.randn(COLS, 3))),
}


@pytest.mark.parametrize("case", CASES)
def test_as_in_eager(case):
    function, inputs = CASES[case]
    tasks = _tasks(function, *inputs)
    assert tasks["matmul"] > 10, "in blocks"
    assert "load_strided" not in tasks or case == "columns", "nothing is transposed but what comes so"
    check(function, *inputs, rtol=1e-4, atol=1e-3)


def test_nan_in_one_query_stays_there():
    queries = torch.randn(3, COLS)
    queries[1, 7] = torch.nan
    check(lambda q, k: search(q, k).values, queries, KEYS, rtol=1e-4, atol=1e-4)


def test_as_many_as_channels_meet_it_at_once():
    """Then one pass over memory with all of them is no slower."""
    assert _tasks(scores, torch.randn(64, COLS), KEYS)["matmul"] == 1


def test_what_is_not_read_by_channels_meets_them_at_once():
    assert _tasks(scores, torch.randn(4, COLS), KEYS[:100])["matmul"] == 1
    assert _tasks(lambda q, k: torch.relu(q @ k), torch.randn(4, COLS), KEYS.t().contiguous())["row_sum"] == 1
