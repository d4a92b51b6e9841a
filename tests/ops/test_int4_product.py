"""Products with 4-bit weights as PyTorch users pack them: found, equal to eager, and split over memory channels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from tests.kernels import check, trace
from tests.ops.composites import check_composite, names
from tests.ops.inputs import make
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.passes.fx.group import fused_work
from torch_fpga.targets.kernel import kernel_options

F = torch.nn.functional
CLOSE = {"rtol": 1e-5, "atol": 1e-4}

Tensors = tuple[torch.Tensor, ...]


def _packed(rows: int, cols: int, signed: bool = False) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    packed = torch.randint(0, 256, (rows, cols // 2), dtype=torch.uint8, generator=generator)
    return packed.view(torch.int8) if signed else packed


def _inputs(rows: int, cols: int, group: int = 32, signed: bool = False, kind: torch.dtype = torch.float32) -> Tensors:
    return _packed(rows, cols, signed), make((rows, cols // group), kind, 1), make((cols,), torch.float32, 2)


def product(p, s, x):
    """Numbers in the halves of a byte, eight less than their bits."""
    low, high = p & 15, p >> 4
    numbers = torch.stack([low, high], -1).reshape(p.shape[0], -1).to(torch.int8) - 8
    rows, cols = numbers.shape
    return (numbers.view(rows, -1, cols // s.shape[1]).float() * s[..., None]).view(rows, cols) @ x


def in_float(p, s, x):
    numbers = torch.stack((p & 0xF, p >> 4), dim=-1).view(len(p), -1).float() - 8
    return F.linear(x[None], (numbers.view(*s.shape, -1).float() * s.unsqueeze(-1)).reshape(len(p), -1))


def with_sign(p, s, x):
    numbers = torch.stack([(p << 4) >> 4, p >> 4], -1).reshape(len(p), -1)
    return (numbers.view(*s.shape, -1).float() * s.float()[..., None]).view(len(p), -1) @ x


def one_by_one(p, s, x):
    numbers = torch.stack([(p & 15).to(torch.int8) - 8, (p >> 4).to(torch.int8) - 8], -1).flatten(1)
    return F.linear(x[None, None], (numbers.view(*s.shape, -1).float() * s[..., None]).flatten(1))


def in_halves(p, s, x):
    """As ggml's Q4_0 has them."""
    bytes_ = p.view(*s.shape, -1)
    numbers = torch.cat([bytes_ & 0xF, bytes_ >> 4], dim=-1).to(torch.int8) - 8
    return (numbers.float() * s[..., None]).view(len(p), -1) @ x


FORMS: dict[str, tuple[Callable[..., torch.Tensor], Tensors]] = {
    "plain": (product, _inputs(12, 256)),
    "scales of 16 bits": (product, _inputs(12, 256, kind=torch.bfloat16)),
    "groups of 128": (product, _inputs(12, 256, 128)),
    "with a sign": (with_sign, _inputs(12, 128, 64, signed=True, kind=torch.float16)),
    "in halves": (in_halves, _inputs(12, 256, kind=torch.float16)),
    "one by one": (one_by_one, _inputs(12, 256)),
}


@pytest.mark.parametrize("form", FORMS)
def test_found(form):
    function, inputs = FORMS[form]
    assert names(function, *inputs) == ["int4_product"]


def test_results():
    """A kernel of all forms, each with another type, group and shape."""
    parts = [inputs for _, inputs in FORMS.values()]

    def all_of(*x):
        return tuple(function(*x[3 * i : 3 * i + 3]) for i, (function, _) in enumerate(FORMS.values()))

    check(all_of, *(x for inputs in parts for x in inputs), **CLOSE)


def test_as_a_composite():
    check_composite("int4_product", in_float, *_inputs(20, 384), **CLOSE)


def test_what_is_left():
    p, s, x = _inputs(12, 256)

    def halves_of_a_row(p, s, x):
        numbers = torch.cat([p & 15, p >> 4], 1).to(torch.int8) - 8
        return (numbers.view(*s.shape, -1).float() * s[..., None]).view(len(p), -1) @ x

    def another_zero(p, s, x):
        numbers = torch.stack([p & 15, p >> 4], -1).reshape(len(p), -1).to(torch.int8) - 7
        return (numbers.view(*s.shape, -1).float() * s[..., None]).view(len(p), -1) @ x

    def others(p, s, x):
        return in_float(p, s, x), in_float(p, s[:, :1], x)

    for f in (halves_of_a_row, another_zero):
        assert names(f, p, s, x) == [], f.__name__
    assert names(others, p, s, x) == [], "the numbers are read by another, and groups of 256"
    assert names(in_float, *_inputs(12, 192)) == [], "rows that are no whole vectors"
    assert names(lambda p, s, x: product(p, s, x.expand(2, -1).t()), p, s, x) == [], "two vectors"


@pytest.mark.parametrize(("kind", "groups"), [(torch.float32, 16), (torch.float16, 32), (torch.float32, 8)])
def test_blocks_of_rows_and_scales(kind, groups):
    """Sharded where a row of scales is whole beats, as the estimate says."""
    rows, cols = 4096, 32 * groups
    inputs = _packed(rows * 512 // cols, cols), torch.ones(rows * 512 // cols, groups, dtype=kind), torch.ones(cols)
    graph = trace(product, *inputs)
    ports = lower(graph, "kernel", Dump(), kernel_options("u55c")).signature.ports
    blocks = {port.arg: port.elements * port.dtype.itemsize for port in ports if port.channels > 1}
    estimated = fused_work([node for node in graph.graph.nodes if node.op == "call_function"]).sharded_bytes
    assert sum(blocks.values()) == estimated
    assert (estimated > 0) == (groups >= 16)
    if groups == 16:
        places = {(port.channel, port.bundle, port.bank) for port in ports if port.channels > 1}
        assert len(places) == max(port.channels for port in ports) > 20
        inputs = _inputs(*(rows, cols)), lambda p, s, x: torch.topk(product(p, s, x), 16)
        check(inputs[1], *inputs[0], **CLOSE)


def test_the_target():
    """Of a matrix of 4,096 by 4,096 with scales a group of 32, by the closed form."""
    inputs = _packed(4096, 4096), torch.ones(4096, 128), torch.ones(4096)
    design = lower(trace(product, *inputs), "kernel", Dump(), kernel_options("u55c")).design
    assert design.memory_share > 0.68
    assert all(taken <= 0.8 * design.room[name] for name, taken in design.resources.items() if name != "ports")
