"""A signature survives JSON as it was, and what is no signature is refused."""

from __future__ import annotations

import json

import pytest
import torch

from torch_fpga.runtime.extents import Extent, Formula, Part
from torch_fpga.runtime.signature import Layout, Port, Scalar, Signature
from torch_fpga.runtime.signature_json import signature_from_json, signature_to_json

DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.int32, torch.int64, torch.bool]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_there_and_back(dtype):
    ports = (Port("x", "in", 0, 12, dtype, "gmem0", 3, 1, 4, 6), Port("y", "scratch", 2, 1, dtype))
    layouts = (Layout((3, 4), (1, 3), dtype), Layout((), (), dtype))
    extents, formulas = (Extent(61),), (Formula(((3, (Part(0, 16, 1), Part(0))), (2, ()))), Formula(()))
    signature = Signature(ports, (Scalar("rows", 4),), layouts, layouts[1:], "cpu", extents, formulas)
    assert signature_from_json(json.loads(json.dumps(signature_to_json(signature)))) == signature


@pytest.mark.parametrize("dtype", ["nn", "load", "no_such"])
def test_what_is_no_dtype(dtype):
    plain = {"ports": [], "scalars": [], "inputs": [{"shape": [], "strides": [], "dtype": dtype}], "outputs": []}
    with pytest.raises(ValueError, match="not a dtype"):
        signature_from_json(plain)
