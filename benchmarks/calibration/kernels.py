"""The kernels that are judged as they are: those of the figures to reach, and those of the tests."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import torch
import transformers
from torch.nn import functional

import torch_fpga
from benchmarks.calibration.lowered import traced
from benchmarks.decoder import CONFIG
from benchmarks.kernel import attend, attend_int8
from tests.codegen import models
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.report import Report
from torch_fpga.report.design import DesignReport
from torch_fpga.targets.kernel import kernel_options


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A function to judge: its name, the group it stands in, and the types and sizes of its inputs."""

    name: str
    group: str
    function: Callable[..., Any]
    inputs: tuple[tuple[torch.dtype, tuple[int, ...]], ...]


@dataclasses.dataclass(frozen=True)
class Judged:
    """What the model says of a kernel."""

    name: str
    group: str
    design: DesignReport


def judge(kernel: Kernel, target: str) -> Judged:
    """A kernel as it is lowered now for a card."""
    inputs = tuple(torch.empty(shape, dtype=kind) for kind, shape in kernel.inputs)
    lowered = lower(traced(kernel.function, inputs), "kernel", Dump(), kernel_options(target))
    return Judged(kernel.name, kernel.group, lowered.design)


def decoder_step() -> tuple[Callable[..., Any], torch.Tensor]:
    """A token of benchmarks/decoder.py's model with two layers: what is called, and with what."""
    config = transformers.LlamaConfig(**{**CONFIG, "num_hidden_layers": 2})
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config).eval()
    model = model.to_empty(device="cpu")
    with torch.no_grad():
        cache = transformers.StaticCache(config=config, max_cache_len=64)
        model(torch.arange(8)[None], past_key_values=cache, use_cache=True)
    return functools.partial(model, past_key_values=cache, use_cache=True), torch.tensor([[5]])


def judge_decoder(target: str) -> list[Judged]:
    """The kernels of ``decoder_step``, all of it that can be on the card."""
    with torch.no_grad():
        return on_fpga(torch_fpga.explain(*decoder_step(), placement="fpga", target=target))


def on_fpga(report: Report) -> list[Judged]:
    """The kernels of a report."""
    regions = [region for graph in report.graphs for region in graph.on("fpga")]
    return [Judged(f"{region.id}: {region.title}", _DECODER, region.design) for region in regions if region.design]


def attend_scaled_rows(keys: torch.Tensor, scales: torch.Tensor, values: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """As ``attend_int8``, with the scale before the product."""
    best, where = torch.topk((keys.float() * scales[:, None]) @ q, 64)
    return torch.softmax(best, 0) @ values[where]


def product(matrix: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """float32."""
    return matrix @ x


def product_int8(matrix: torch.Tensor, scales: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """int8 with a scale a row behind the product."""
    return (matrix.float() @ x) * scales


def product_int4(packed: torch.Tensor, scales: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Two weights a byte, eight less than their bits, and a scale a group of them."""
    weights = torch.stack([packed & 15, packed >> 4], -1).reshape(len(packed), -1).to(torch.int8) - 8
    return (weights.view(*scales.shape, -1).float() * scales[..., None]).view(len(packed), -1) @ x


def decode_attention(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Grouped-query attention of one token: ``q[1, heads, 1, d]`` over ``keys[1, groups, tokens, d]``."""
    return functional.scaled_dot_product_attention(q, keys, values, enable_gqa=True)


def decode_masked(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The same where ``mask[1, 1, 1, tokens]``, bool, says which tokens there are."""
    return functional.scaled_dot_product_attention(q, keys, values, mask, enable_gqa=True)


def rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Of each row."""
    return functional.rms_norm(x, weight.shape, weight)


def softmax(x: torch.Tensor) -> torch.Tensor:
    """Of each row."""
    return torch.softmax(x, -1)


def select_2048(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The 2,048 best."""
    best, where = torch.topk(x, 2048)
    return best, where


def gather(table: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Rows by index."""
    return table[index]


def search_int8(keys: torch.Tensor, scales: torch.Tensor, queries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The 8 best of an int8 index for each query."""
    best, where = torch.topk(((keys.float() @ queries.t()) * scales[:, None]).t(), 8)
    return best, where


def swiglu(x: torch.Tensor, gate: torch.Tensor, up: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    """The feed-forward part of a decoder layer, for one token."""
    return down @ (functional.silu(gate @ x) * (up @ x))


def gelu(x: torch.Tensor) -> torch.Tensor:
    """The exact form."""
    return functional.gelu(x)


F32, F16, I8, U8, I64 = torch.float32, torch.float16, torch.int8, torch.uint8, torch.int64
_DECODER = "A decode step of a Llama of 576, 9 heads in 3 groups, 64 tokens, two layers"
FIGURES, GOLDEN, TESTS = "Of the figures to reach", "Golden kernels", "Of the tests and benchmarks"
KERNELS = (
    Kernel(
        "K[65536,128] float32 · q, top 64, softmax, rows",
        FIGURES,
        attend,
        ((F32, (65536, 128)),) * 2 + ((F32, (128,)),),
    ),
    Kernel(
        "the same, int8, scale behind the product",
        FIGURES,
        attend_int8,
        ((I8, (65536, 128)), (F32, (65536,)), (F32, (65536, 128)), (F32, (128,))),
    ),
    Kernel(
        "the same, int8, scale before the product",
        FIGURES,
        attend_scaled_rows,
        ((I8, (65536, 128)), (F32, (65536,)), (F32, (65536, 128)), (F32, (128,))),
    ),
    Kernel("matvec 4096×4096 float32", FIGURES, product, ((F32, (4096, 4096)), (F32, (4096,)))),
    Kernel(
        "matvec 4096×4096 int8, a scale a row",
        FIGURES,
        product_int8,
        ((I8, (4096, 4096)), (F32, (4096,)), (F32, (4096,))),
    ),
    Kernel(
        "matvec 4096×4096 int4, scales a group of 32",
        FIGURES,
        product_int4,
        ((U8, (4096, 2048)), (F32, (4096, 128)), (F32, (4096,))),
    ),
    Kernel(
        "decode attention, 32 heads in 8 groups, d 128, 8k tokens, float16",
        FIGURES,
        decode_attention,
        ((F16, (1, 32, 1, 128)), (F16, (1, 8, 8192, 128)), (F16, (1, 8, 8192, 128))),
    ),
    Kernel(
        "the same, 32k tokens",
        FIGURES,
        decode_attention,
        ((F16, (1, 32, 1, 128)), (F16, (1, 8, 32768, 128)), (F16, (1, 8, 32768, 128))),
    ),
    Kernel(
        "the same, 32k tokens, of which a mask says which there are",
        FIGURES,
        decode_masked,
        (
            (F16, (1, 32, 1, 128)),
            (F16, (1, 8, 32768, 128)),
            (F16, (1, 8, 32768, 128)),
            (torch.bool, (1, 1, 1, 32768)),
        ),
    ),
    Kernel("RMS norm of [4096, 4096]", FIGURES, rms_norm, ((F32, (4096, 4096)), (F32, (4096,)))),
    Kernel("softmax of [4096, 4096]", FIGURES, softmax, ((F32, (4096, 4096)),)),
    Kernel("top 2,048 of 131,072", FIGURES, select_2048, ((F32, (131072,)),)),
    Kernel("gather of 2,048 rows of 1 KiB", FIGURES, gather, ((F32, (65536, 256)), (I64, (2048,)))),
    Kernel(
        "int8 index of 8 MiB, 16 queries, top 8",
        FIGURES,
        search_int8,
        ((I8, (65536, 128)), (F32, (65536,)), (F32, (16, 128))),
    ),
    Kernel("attend", GOLDEN, models.attend, ((F32, (64, 16)), (F32, (64, 8)), (F32, (16,)))),
    Kernel("attend_int8", GOLDEN, models.attend_int8, ((I8, (16384, 64)), (F32, (16384,)), (F32, (64,)))),
    Kernel("normalise", GOLDEN, models.normalise, ((F32, (6, 40)), (F32, (40,)))),
    Kernel(
        "SwiGLU of a Llama of 576 and 1,536, one token",
        TESTS,
        swiglu,
        ((F32, (576,)), (F32, (1536, 576)), (F32, (1536, 576)), (F32, (576, 1536))),
    ),
    Kernel(
        "attention of one token, 9 heads in 3 groups, d 64, 256 tokens",
        TESTS,
        decode_attention,
        ((F32, (1, 9, 1, 64)), (F32, (1, 3, 256, 64)), (F32, (1, 3, 256, 64))),
    ),
    Kernel("RMS norm of [1, 576]", TESTS, rms_norm, ((F32, (1, 576)), (F32, (576,)))),
    Kernel("GELU of [64, 3072]", TESTS, gelu, ((F32, (64, 3072)),)),
)
