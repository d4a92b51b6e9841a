"""What works on rows apart in blocks over memory channels: the results are those of eager, whatever the sizes."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tests.kernels import check, trace
from torch_fpga.compiler.lower import CARD_SHARE, lower
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.debug import Dump
from torch_fpga.targets.kernel import kernel_options

NAN, INF = float("nan"), float("inf")
HALVES = [torch.float16, torch.bfloat16]


def _random(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).to(dtype)


def _lowered(function, *inputs, target: str = "u55c") -> Lowered:
    return lower(trace(function, *inputs), "kernel", Dump(), kernel_options(target))


def _blocks(lowered: Lowered) -> int:
    """In how many the results lie."""
    return max(port.channels for port in lowered.signature.ports if port.role == "out")


def normed(x, weight):
    return functional.rms_norm(x, x.shape[-1:], weight, 1e-5)


def softmax(x):
    return torch.softmax(x, -1)


def _several(x, weight):
    doubled = x * 2 + 1
    made = normed(doubled, weight)
    return doubled, made, made.softmax(-1), made.sum(-1)


def test_several_stages_and_results_of_one_chain():
    inputs = _random(1040, 256), _random(256)
    assert _blocks(_lowered(_several, *inputs)) > 4
    check(_several, *inputs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_halves_in_blocks_of_which_the_last_is_shorter(dtype):
    def affine(x, weight, bias):
        return functional.layer_norm(x, x.shape[-1:], weight, bias), normed(x, weight)

    inputs = _random(1031, 512, dtype=dtype), _random(512, dtype=dtype), _random(512, dtype=dtype)
    assert _blocks(_lowered(affine, *inputs)) > 4
    check(affine, *inputs)


def test_nan_and_infinities_of_all_blocks():
    x = _random(1100, 256)
    x[[0, 700], [3, 255]] = NAN
    x[[69, 1099], [255, 0]] = INF
    x[500] = -INF
    check(lambda x: (x.log_softmax(-1), x.softmax(-1), x.amax(-1)), x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        (softmax, (torch.zeros(1024, 1025),)),  # rows are no whole vectors
        (lambda x: x * 2, (torch.zeros(1 << 20),)),  # a single row
        (softmax, (torch.zeros(64, 1024),)),  # small
        (lambda x: x.argmax(-1), (torch.zeros(1024, 1024),)),  # sixteen indices are more than a beat of a port
        (lambda x: x.t().softmax(-1), (torch.zeros(1024, 1024),)),
        (lambda x, w, v: (softmax(x), w @ v), (torch.zeros(1024, 1024),) * 2 + (torch.zeros(1024),)),
        (lambda x: functional.gelu(x), (torch.zeros(1024, 1024),)),  # two blocks are more than the chip has
    ],
)
def test_what_stays_whole(function, inputs):
    assert _blocks(_lowered(function, *inputs)) == 1


def test_a_block_is_read_and_written_behind_one_port_in_channels_of_their_own():
    ports = _lowered(softmax, torch.zeros(4096, 4096)).signature.ports
    assert {port.channels for port in ports} == {16}
    assert len({port.bank for port in ports}) == 32
    assert {(port.channel, port.bundle) for port in ports if port.role == "in"} == {
        (port.channel, port.bundle) for port in ports if port.role == "out"
    }


@pytest.mark.parametrize(
    ("function", "dtype", "least"),
    [
        *((f, dtype, 0.75) for f in (normed, softmax) for dtype in (torch.float32, torch.bfloat16)),
        # A softmax of float16 has less: the room for its conversions binds, and not the memory.
        *((normed, torch.float16, 0.75), (softmax, torch.float16, 0.65)),
    ],
)
def test_the_targets_of_rows(function, dtype, least):
    """Of a U55C's memory while all tasks run, by the closed form, reads and writes counted, on a chip that has room."""
    x, weight = torch.zeros(4096, 4096, dtype=dtype), torch.zeros(4096, dtype=dtype)
    lowered = _lowered(function, *((x, weight) if function is normed else (x,)))
    design = lowered.design
    assert design.memory_share > least
    assert all(taken <= CARD_SHARE * design.room[name] for name, taken in design.resources.items() if name != "ports")
    assert len({port.bundle for port in lowered.signature.ports}) <= 32
    assert not [finding for finding in design.findings if finding.severity == "error"]
