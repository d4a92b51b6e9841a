"""What a kernel's numbers are for sizes that vary, and which kernel a call's sizes go to."""

from __future__ import annotations

import pytest
import torch

from torch_fpga.errors import FpgaError
from torch_fpga.runtime.extents import Extent, Formula, Part
from torch_fpga.runtime.signature import Layout, Port, Scalar, Signature
from torch_fpga.runtime.sized_launch import BEYOND, SizedLaunch, fits


def test_a_formula():
    formula = Formula(((3, (Part(0), Part(1, 16, 1))), (-2, ())))
    assert formula.at((5, 16)) == 3 * 5 * 2 - 2
    assert formula.at((5, 15)) == 3 * 5 * 1 - 2
    assert formula.varies
    assert not Formula(((7, ()),)).varies
    assert Formula(()).at((1,)) == 0
    assert Formula(((6, (Part(0),)), (4, ()))).reduced() == (Formula(((3, (Part(0),)), (2, ()))), 2)


_S = Formula(((1, (Part(0),)),))
_ROWS = Formula(((4, (Part(0),)),))
_EACH = Formula(((16, (Part(0, 32),)),))
_LAST = Formula(((1, (Part(0),)), (-16, (Part(0, 32),))))


def _number(n: int) -> Formula:
    return Formula(((n, ()),))


def _signature() -> Signature:
    """Of rows of 4 in two blocks, for at most 61 rows."""
    ports = tuple(Port("x", "in", 0, 244, torch.float32, "gmem0", c, c, 2, 128, 4) for c in range(2))
    numbers = [_ROWS, Formula(((64, (Part(0, 32),)),))] * 2
    layout = Layout((61, 4), (4, 1), torch.float32)
    formulas = (_EACH, _LAST, *numbers, *[_S, _number(4), _number(4), _number(1)] * 2)
    scalars = (Scalar("each", 32), Scalar("last", 29))
    return Signature(ports, scalars, (layout,), (layout,), extents=(Extent(61),), formulas=formulas)


def test_a_signature_for_some_rows():
    made = _signature().at((40,))
    assert [scalar.value for scalar in made.scalars] == [32, 8]
    assert [(port.elements, port.block_elements) for port in made.ports] == [(160, 128)] * 2
    assert [port.bytes for port in made.ports] == [512, 128]
    assert made.inputs == made.outputs == (Layout((40, 4), (4, 1), torch.float32),)
    assert (made.extents, made.formulas) == ((), ())
    assert len(_signature().formulas) == len(_signature().numbers)


def test_the_last_block_may_be_larger_with_fewer_rows():
    signature = _signature()
    assert signature.at((60,)).ports[1].bytes < signature.ports[1].room_bytes == 512
    assert all(port.bytes <= port.room_bytes for rows in range(33, 62) for port in signature.at((rows,)).ports)


class _Launched:
    def __init__(self, name: str) -> None:
        self.name, self.count = name, object()

    def __call__(self, *tensors, sizes):
        return self.name, sizes, len(tensors)


def test_few_rows_go_to_the_kernel_without_blocks():
    whole = Signature((), (Scalar("rows", 61),), (), (), extents=(Extent(61),), formulas=(_S,))
    assert fits(_signature(), (17,))
    assert not fits(_signature(), (16,))
    blocks, one = _Launched("blocks"), _Launched("one")
    launch = SizedLaunch([(_signature(), blocks), (whole, one)], [(1, "x.size(0)")])
    x = torch.zeros(1)
    assert launch(x, 61) == ("blocks", (61,), 1)
    assert launch(x, 16) == ("one", (16,), 1)
    assert one.count is blocks.count
    with pytest.raises(FpgaError, match=r"x\.size\(0\) is 62, and the kernel was made for at most 61") as raised:
        launch(x, 62)
    assert raised.value.code == BEYOND
    assert "bounds" in raised.value.hint
    with pytest.raises(FpgaError, match=r"x\.size\(0\) = 0 leaves a tensor without rows"):
        launch(x, 0)
