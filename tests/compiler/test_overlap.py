"""Inputs that have memory in common, and are written: the answer is eager's, and the report says how."""

from __future__ import annotations

import pytest
import torch

import torch_fpga
from tests.agree import EMULATION, differences


def _base_is_written(c, d):
    c.zero_()
    return d.abs(), c


def _both_are_written(c, d):
    c.zero_()
    d.add_(d + 1)
    return c


def _part_is_written(c, d):
    d[0] = 1
    return (c * 2).softmax(-1).topk(2).values


def _by_an_operator(c, d):
    c += 1
    return d.abs()


@pytest.mark.filterwarnings("ignore::torch_fpga.errors.FpgaWarning")
@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize("placement", ["memory_bound", "fpga"])
@pytest.mark.parametrize("function", [_base_is_written, _both_are_written, _part_is_written, _by_an_operator])
def test_as_in_eager(function, placement):
    def calls():
        for rows in (4, 6, 8):
            c = torch.randn(rows, 4)
            yield c, c[1:, 1:]

    assert differences(function, calls(), {"placement": placement}) == []


def _reports(function, c, d):
    with torch.no_grad():
        torch.compile(function, backend="fpga", options=EMULATION)(c, d)
    return torch_fpga.last_report().graphs[0]


def test_the_report_and_a_warning_say_why():
    c = torch.randn(4, 4)
    with pytest.warns(torch_fpga.errors.FpgaWarning, match="c and d"):
        graph = _reports(_base_is_written, c, c[1:, 1:])
    assert {node.reason_code for node in graph.nodes} == {"inputs-overlap"}


@pytest.mark.parametrize(
    ("function", "second"),
    [
        (_base_is_written, lambda c: c[:, 2:]),  # columns beside columns
        (_base_is_written, lambda c: c[2:, :2]),
        (lambda c, d: c.abs() + d.sum(), lambda c: c[1:, 1:]),  # nothing is written
    ],
)
def test_what_has_no_byte_in_common_is_compiled(function, second):
    memory = torch.randn(4, 4)
    graph = _reports(function, memory[:2, :2], second(memory))
    assert {node.reason_code for node in graph.nodes} & {"inputs-overlap"} == set()


@pytest.mark.filterwarnings("ignore::torch_fpga.errors.FpgaWarning")
@pytest.mark.parametrize("buffered", [False, True])
def test_inputs_that_overlap_in_a_later_call(buffered):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("c", torch.ones(4, 4))

        def forward(self, d):
            return _base_is_written(self.c, d)

    model = Model()
    compiled = torch.compile(model if buffered else _base_is_written, backend="fpga", options=EMULATION)
    first = () if buffered else (torch.ones(4, 4),)
    with torch.no_grad():
        assert compiled(*first, torch.ones(4, 4)[1:, 1:])[0].sum() == 9
        c = model.c.fill_(1)
        assert compiled(*(() if buffered else (c,)), c[1:, 1:])[0].sum() == 0
        assert compiled(*first, torch.ones(4, 4)[1:, 1:])[0].sum() == 9  # and it goes on as before
    (row,) = torch_fpga.last_report().graphs[0].fallbacks
    assert row.reason_code == "inputs-overlap"
