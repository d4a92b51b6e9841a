"""The table of element types says what PyTorch, MLIR and hls_lib say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from torch_fpga.dialects.mlir import ir, tensor_type
from torch_fpga.dtypes import ALL, DTYPES, FLOATS, HALVES, INTS, element_of
from torch_fpga.element_types import BY_MLIR, ELEMENT_TYPES, ElementType
from torch_fpga.stages import context

each_type = pytest.mark.parametrize("each", ELEMENT_TYPES, ids=lambda each: each.name)


def test_no_name_is_used_twice() -> None:
    for field in ("name", "mlir", "torch_mlir", "cpp"):
        assert len({getattr(each, field) for each in ELEMENT_TYPES}) == len(ELEMENT_TYPES), field


@each_type
def test_it_is_what_pytorch_has(each: ElementType) -> None:
    dtype = DTYPES[each.mlir]
    assert element_of(dtype) is each
    assert dtype.itemsize == each.bytes
    assert dtype.is_floating_point == each.floating
    if each.floating:
        assert torch.finfo(dtype).eps == each.epsilon


@each_type
def test_it_is_what_mlir_has(each: ElementType) -> None:
    with context():
        tensor = tensor_type(ir.Type.parse(f"!torch.vtensor<[2,3],{each.torch_mlir}>"))
        assert tensor is not None
        assert str(tensor.element_type) == each.mlir


@each_type
def test_hls_lib_has_it(each: ElementType) -> None:
    standard = ("float", "bool", "int8_t", "uint8_t", "int32_t", "int64_t")
    types = (Path(__file__).parents[1] / "hls_lib/include/hls_lib/types.hpp").read_text()
    assert each.cpp in standard or each.cpp in types


@each_type
def test_what_it_widens_to_has_all_its_numbers(each: ElementType) -> None:
    for wide in each.widens_to:
        narrow = DTYPES[each.mlir]
        count = 1 << 8 * each.bytes
        bits = torch.arange(count).to({1: torch.uint8, 2: torch.uint16}[each.bytes])
        numbers = bits.view(narrow)
        there = numbers.to(DTYPES[wide])
        torch.testing.assert_close(there.to(narrow), numbers, rtol=0, atol=0, equal_nan=True)
        assert BY_MLIR[wide].bytes > each.bytes


def test_families() -> None:
    assert set(HALVES) < set(FLOATS)
    assert set(ALL) == {*FLOATS, *INTS, torch.bool}
    assert element_of(torch.int16) is None
