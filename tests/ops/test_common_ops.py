"""Common ops of models, and whether the whole of each runs on the FPGA, decomposed where it has no row of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import torch_fpga
from tests.kernels import check
from tests.ops.inputs import make

F = torch.nn.functional
X, Y = make((4, 16), torch.float32, 1), make((4, 16), torch.float32, 2)
WHOLE = make((4, 16), torch.int32, 3)
BYTES = make((4, 8), torch.uint8, 4)
Op = tuple[Callable[..., Any], tuple[torch.Tensor, ...]]


def _with_slices_put(x, y):
    x = x.clone()
    x[1:3] = y[:2]
    x[-1] = y[0, 3]
    x[:, 2:12:3] = y[:, :4]
    return x, torch.slice_scatter(y, x[:, :3], 1, -3)


# What issue reports asked for first.
FIRST: dict[str, Op] = {
    "normalize": (lambda x: F.normalize(x, dim=-1), (X,)),
    "norm": (lambda x: x.norm(), (X,)),
    "norm of rows": (lambda x: x.norm(dim=-1), (X,)),
    "max(dim)": (lambda x: x.max(-1), (X,)),
    "min(dim)": (lambda x: x.min(0, keepdim=True), (X,)),
    "max": (lambda x: (x.max(), x.min()), (X,)),
    "log_softmax": (lambda x: x.log_softmax(-1), (X,)),
    "logsumexp": (lambda x: x.logsumexp(-1), (X,)),
    "var": (lambda x: (x.var(-1), x.var(0, correction=0), x.var()), (X,)),
    "std": (lambda x: (x.std(-1), x.std()), (X,)),
    "sort": (lambda x: x.sort(-1), (X,)),
    "argsort": (lambda x: (x.argsort(0, descending=True), x.sort(stable=True, dim=1).indices), (X,)),
    "arange": (
        lambda x: (x + torch.arange(16), torch.arange(1, 5, 2) * x[0, 0], torch.arange(0, 2, 0.5) - x[1, 1]),
        (X,),
    ),
    "zeros": (lambda x: torch.cat([torch.zeros(4, 2), x, torch.ones_like(x)], 1), (X,)),
    "full": (lambda x: torch.where(x > 0, x, torch.full((4, 16), -1.5)), (X,)),
    "packed int4": (lambda w: torch.stack([w & 15, (w >> 4) & 15], -1).flatten(-2).float() - 8, (BYTES,)),
    "several indices": (
        lambda x, i, j: (x[i, j], x[i[:, None], j]),
        (X, torch.tensor([0, -1, 3]), torch.tensor([2, 5, -16])),
    ),
    "slices put": (lambda x, y: _with_slices_put(x, y), (X, Y)),
    "_int_mm": (lambda a, b: torch._int_mm(a, b), (make((24, 16), torch.int8, 5), make((16, 8), torch.int8, 6))),
}
MORE: dict[str, Op] = {
    "sum": (lambda x: x.sum(-1), (X,)),
    "mean": (lambda x: x.mean(-1), (X,)),
    "prod": (lambda x: x.prod(-1), (X,)),
    "all": (lambda x: ((x > 0).all(-1), (x > -9).all()), (X,)),
    "count_nonzero": (lambda x: ((x > 0).count_nonzero(-1), x.count_nonzero()), (X,)),
    "var_mean": (lambda x: torch.var_mean(x, -1), (X,)),
    "argmax": (lambda x: x.argmax(-1), (X,)),
    "aminmax": (lambda x: torch.aminmax(x, dim=-1), (X,)),
    "topk": (lambda x: x.topk(3).values, (X,)),
    "cumsum": (lambda x: x.cumsum(-1), (X,)),
    "softmax": (lambda x: x.softmax(-1), (X,)),
    "cosine_similarity": (lambda x, y: F.cosine_similarity(x, y), (X, Y)),
    "mse_loss": (lambda x, y: F.mse_loss(x, y), (X, Y)),
    "cross_entropy": (lambda x, t: F.cross_entropy(x, t), (X, torch.tensor([3, 0, 15, 7]))),
    "layer_norm": (lambda x: F.layer_norm(x, (16,)), (X,)),
    "group_norm": (lambda x: F.group_norm(x[:, :, None], 2), (X,)),
    "batch_norm": (lambda x, m, v: F.batch_norm(x, m, v.abs() + 0.1), (X, Y[0], Y[1])),
    "linear": (lambda x, w: F.linear(x, w), (X, make((8, 16), torch.float32, 7))),
    "einsum": (lambda x, y: torch.einsum("ik,jk->ij", x, y), (X, Y)),
    "outer": (lambda x: torch.outer(x[0], x[1]), (X,)),
    "sigmoid": (lambda x: (x.sigmoid(), x.tanh(), F.silu(x), F.gelu(x)), (X,)),
    "softplus": (lambda x: F.softplus(x), (X,)),
    "elu": (lambda x: F.elu(x), (X,)),
    "leaky_relu": (lambda x: F.leaky_relu(x), (X,)),
    "hardtanh": (lambda x: (F.hardtanh(x), F.relu6(x)), (X,)),
    "hardswish": (lambda x: (F.hardswish(x), F.hardsigmoid(x)), (X,)),
    "mish": (lambda x: F.mish(x), (X,)),
    "logsigmoid": (lambda x: F.logsigmoid(x), (X,)),
    "glu": (lambda x: F.glu(x), (X,)),
    "sign": (lambda x: x.sign(), (X,)),
    "rounding": (lambda x: (x.floor(), x.ceil(), x.round(), x.trunc(), x.frac()), (X,)),
    "exp2": (lambda x: (x.exp2(), x.expm1(), x.abs().log2(), x.abs().log10()), (X,)),
    "erf": (lambda x: (x.erf(), x.atan()), (X,)),
    "isnan": (lambda x: (x.isnan(), x.isinf(), x.nan_to_num()), (X,)),
    "lerp": (lambda x, y: torch.lerp(x, y, 0.3), (X, Y)),
    "addcmul": (lambda x, y: (torch.addcmul(x, y, y, value=2), torch.addcdiv(x, y, y.abs() + 1)), (X, Y)),
    "powers": (lambda x, i: (x.abs() ** x, 2.0**x, i**3, i**0), (X, WHOLE)),
    "remainder": (lambda x, i: (x % 3, x.fmod(0.75), x // 0.75, i % 7, i // -3), (X, WHOLE)),
    "shifts": (lambda i: ((i << 2) >> 1, i >> 31, i << 40), (WHOLE,)),
    "clamp of a bool": (lambda x: (x > 0).clamp(0, 1), (X,)),
    "logical_xor": (lambda x: torch.logical_xor(x > 0, x < 1), (X,)),
    "triangles": (lambda x: (x.tril(), x.triu(1)), (X,)),
    "causal mask": (lambda x: x.masked_fill(torch.ones(4, 16, dtype=torch.bool).tril(), -1), (X,)),
    "linspace": (lambda x: x * torch.linspace(0, 1, 16), (X,)),
    "flip": (lambda x: (x.flip(-1), x.roll(3, -1)), (X,)),
    "repeat": (lambda x: (x.repeat(2, 3), x.repeat_interleave(2, 0)), (X,)),
    "pad": (lambda x: (F.pad(x, (1, 2), value=3.0), F.pad(x, (-1, 0, 0, 1))), (X,)),
    "split": (lambda x: [part * 2 for part in (*x.split(5, 1), *x.chunk(3, -1), *x.unbind(0))], (X,)),
    "diagonal": (lambda x: (x.diagonal() * 1, x.diagonal(-2) * 1, x[:, :4].trace()), (X,)),
    "unfold": (lambda x: x.unfold(1, 4, 2) * 1, (X,)),
    "diff": (lambda x: x.diff(), (X,)),
    "gather": (lambda x, i: (x.gather(1, i), torch.take_along_dim(x, i, 1)), (X, torch.tensor([[0, 5, 15]] * 4))),
    "embedding": (lambda w, i: F.embedding(i, w).mean(1), (X, torch.tensor([[0, 3], [1, 1]]))),
    "logaddexp": (lambda x, y: (torch.logaddexp(x, y), torch.xlogy(x.abs(), y.abs())), (X, Y)),
}
# Scans that carry more than a sum, selection by rank, and attention, which is dense work.
STAYS: dict[str, Op] = {
    "cumprod": (lambda x: x.cumprod(-1), (X,)),
    "cummax": (lambda x: x.cummax(-1).values, (X,)),
    "median": (lambda x: x.median(-1).values, (X,)),
    "kthvalue": (lambda x: x.kthvalue(3, -1).values, (X,)),
    "cdist": (lambda x, y: torch.cdist(x, y), (X, Y)),
    "float64": (lambda x: x.double() * 2, (X,)),
}


def _stays(op: Op) -> list[str]:
    """What of an op is not placed on the FPGA where all that can be is."""
    function, inputs = op
    with torch.no_grad():
        graph = torch_fpga.explain(function, *inputs, placement="fpga").graphs[-1]
    return [node.name for node in graph.nodes if node.device != "fpga"]


@pytest.mark.parametrize("name", [*FIRST, *MORE])
def test_the_whole_op_is_offloaded(name):
    assert not _stays({**FIRST, **MORE}[name])


@pytest.mark.parametrize("name", STAYS)
def test_what_has_no_stage_stays(name):
    assert _stays(STAYS[name])


def _check(ops: list[Op]) -> None:
    """All of ``ops`` as one kernel."""

    def f(*given: torch.Tensor) -> list[torch.Tensor]:
        results: list[torch.Tensor] = []
        at = 0
        for function, inputs in ops:
            made = function(*given[at : at + len(inputs)])
            at += len(inputs)
            results += [made] if isinstance(made, torch.Tensor) else list(made)
        return results

    check(f, *(tensor for _, inputs in ops for tensor in inputs), rtol=1e-5, atol=1e-5)


def test_numbers():
    _check(list(FIRST.values()))


@pytest.mark.slow
@pytest.mark.parametrize("at", range(0, len(MORE), 15))
def test_more_numbers(at):
    _check(list(MORE.values())[at : at + 15])
