"""Random programs as Python text: ops of the op table between views, writes, aliases, casts and changing sizes.

A program is built line by line. Each line is tried on small tensors, and one that eager PyTorch refuses is left out, so
that what remains runs. ``Program.source`` is what a failing test shows, ready to be pasted into a file.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import torch

from torch_fpga.ops import OPS

_UNARY = sorted(
    {
        target.split(".")[1]
        for target, row in OPS.items()
        if row.stage == "map" and target.endswith(".default") and target.count(".") == 2
    }
    - {"_to_copy", "clone", "clamp", "clamp_min", "clamp_max", "maximum", "minimum", "logical_and", "logical_or"}
)
_BINARY = ["+", "-", "*", "/", "<", "==", "&", "|"]
_DTYPES = ["float32", "float16", "bfloat16", "int32", "int64", "int8", "bool"]

# {t} is any tensor, {m} one of two dimensions, {v} one of one, {i} a small number, {n} a number of the program's.
_VALUES = [
    "{t}.softmax(-1)",
    "{m}.softmax(0)",
    "{t}.topk(2).values",
    "{t}.topk(2, dim=0).indices",
    "{t}.sum(-1)",
    "{t}.sum(0, keepdim=True)",
    "{t}.mean(-1, keepdim=True)",
    "{t}.amax(-1)",
    "{t}.argmax(-1)",
    "{t}.cumsum(-1)",
    "{t}.any(-1)",
    "{m} @ {v}",
    "{m} @ {m}",
    "{m}.t() @ {v}",
    "{m} * torch.rsqrt({m}.pow(2).mean(-1, keepdim=True) + 1e-6)",
    "F.layer_norm({m}, {m}.shape[-1:])",
    "torch.cat([{t}, {t}])",
    "torch.stack([{t}, {t}], -1)",
    "torch.where({t} > {i}, {t}, {t})",
    "{t}.masked_fill({t} > 0, {i})",
    "{t}.clamp(max={n} * 0.5)",
    "{t} + {n}",
    "{t} * {i}",
    "{m}[torch.tensor([1, 0])]",
    "{m}.gather(1, {m}.argmax(-1, keepdim=True))",
    "{t}.clone()",
    "torch.full_like({t}, {i})",
    "torch.select_scatter({m}, {v}, 0, {i})",
    "{m}[: {m}.shape[0] // 2]",
    "{t}.sort(-1).values",
    "torch.atan2({t}, {t})",
    "{t}.contiguous()",
    "{t}.reshape(-1)",
]
_VIEWS = [
    "{m}.t()",
    "{m}[{i}]",
    "{t}[1:]",
    "{m}[:, 1:]",
    "{m}[::2]",
    "{t}.view(-1)",
    "{t}.unsqueeze(0)[0]",
    "{v}.expand(2, -1)",
    "{m}.diagonal()",
    "{t}.detach()",
    "{m}.unbind(0)[1]",
]
_WRITES = [
    "{t}.zero_()",
    "{t}.add_({t})",
    "{t}.mul_({i})",
    "{t}.copy_({t})",
    "{m}[{i}] = {v}",
    "{m}[{i}] = 0",
    "{m}[:, 1:3] = {v}[1:3]",
    "{t}[1:] += 1",
    "{m}.index_copy_(0, torch.tensor([1]), {v}[None])",
    "{m}[torch.tensor([0, 1])] = {v}",
    "{t}.clamp_(min=0)",
    "{t}.view(-1)[:2] += {v}[:2]",
    "{t}.view(-1)[:2] = {v}[:2]",
    "{m}.index_add_(0, torch.tensor([1, 1]), {m}[:2] * 1)",
    "{m}.scatter_add_(1, {m}.argmax(-1, keepdim=True), {m} * 1)",
    "{m}.index_put_((torch.tensor([1, 1]),), {v}, accumulate=True)",
    "{m}.t()[1:].copy_({v}[: {m}.shape[0]])",
    "{m}.diagonal().fill_({i})",
    "{t}.masked_fill_({t} > 0, {i})",
]


class Buffered(torch.nn.Module):
    """A program whose first matrix is a buffer that stays from call to call."""

    def __init__(self, program: Callable[..., Any], matrix: torch.Tensor) -> None:
        super().__init__()
        self.program = program
        self.register_buffer("matrix", matrix)

    def forward(self, *inputs: Any) -> Any:
        return self.program(self.matrix, *inputs)


@dataclasses.dataclass(frozen=True)
class Program:
    """``source`` defines ``program(c, d, k, n)``; ``calls`` are the seeds, the leading sizes and the n of its calls.

    With ``buffered``, c is a buffer of a module; with ``shared`` d lies in c's memory.
    """

    source: str
    calls: tuple[tuple[int, int, int], ...]
    dtype: torch.dtype
    buffered: bool
    shared: bool = False

    def function(self) -> Callable[..., Any]:
        """A new function, so that nothing that Dynamo knows of an earlier one is left."""
        namespace: dict[str, Any] = {"torch": torch, "F": torch.nn.functional}
        exec(compile(self.source, "program.py", "exec"), namespace)
        program = namespace["program"]
        return Buffered(program, self._matrices(self.calls[0])[0]) if self.buffered else program

    def inputs(self, call: tuple[int, int, int]) -> tuple[Any, ...]:
        """What the function takes: two matrices, one of them with gaps, and a vector; the number n."""
        tensors = self._matrices(call)
        return (*(tensors[1:] if self.buffered else tensors), call[2])

    def _matrices(self, call: tuple[int, int, int]) -> tuple[torch.Tensor, ...]:
        seed, rows, _ = call
        generator = torch.Generator().manual_seed(seed)

        def values(*shape: int) -> torch.Tensor:
            return (torch.rand(shape, generator=generator) * 4 - 2).to(self.dtype)

        matrix = values(rows, 4)
        return matrix, matrix[1:, 1:] if self.shared else values(rows, 6)[:, :4], values(4)


def generate(rng: random.Random, lines: int = 7) -> Program:
    """A program of about ``lines`` lines that eager PyTorch runs on its first call's inputs."""
    dtype = rng.choice([torch.float32] * 5 + [torch.float16, torch.bfloat16])
    rows = rng.choice([4, 4, 5])
    calls = [(rng.randrange(1 << 30), rows, 2)]
    buffered = rng.random() < 0.3
    if not buffered and rng.random() < 0.4:  # sizes and numbers that change
        calls += [(rng.randrange(1 << 30), rows + 2 * i, 2 + i) for i in (1, 2)]
    elif rng.random() < 0.5:
        calls.append((rng.randrange(1 << 30), rows, 2))
    shared = not buffered and rng.random() < 0.15
    body: list[str] = []
    names = ["c", "d", "k"]
    for number in range(lines):
        for _ in range(8):  # tries
            line, made = _line(rng, names, number)
            candidate = Program(_text([*body, line], names[-1:]), tuple(calls), dtype, buffered, shared)
            if _runs(candidate):
                body.append(line)
                names += made
                break
    returned = sorted({rng.choice(names[3:] or names) for _ in range(rng.choice([1, 2, 3]))})
    if rng.random() < 0.3:
        returned.append("c")
    return Program(_text(body, returned), tuple(calls), dtype, buffered, shared)


def _line(rng: random.Random, names: list[str], number: int) -> tuple[str, list[str]]:
    kind = rng.random()
    if kind < 0.3:
        return _filled(rng, rng.choice(_WRITES), names), []
    name = f"t{number}"
    if kind < 0.5:
        form = rng.choice(_VIEWS)
    elif kind < 0.6:
        form = f"{{t}}.{rng.choice(_UNARY)}()"
    elif kind < 0.7:
        form = f"{{t}} {rng.choice(_BINARY)} {{t}}"
    elif kind < 0.75:
        form = f"{{t}}.to(torch.{rng.choice(_DTYPES)})"
    else:
        form = rng.choice(_VALUES)
    return f"{name} = {_filled(rng, form, names)}", [name]


def _filled(rng: random.Random, form: str, names: list[str]) -> str:
    """Each place by a tensor, rather one of the last; of what rank it is, the try will tell."""
    while "{" in form:
        recent = names[-4:] if rng.random() < 0.6 else names
        chosen = {key: rng.choice(recent) for key in "tmv"}
        for key, value in {**chosen, "i": str(rng.choice([0, 1, 2])), "n": "n"}.items():
            form = form.replace("{" + key + "}", value, 1)
    return form


def _text(body: list[str], returned: list[str]) -> str:
    return "\n    ".join(["def program(c, d, k, n):", *body, f"return {', '.join(returned)},"]) + "\n"


def _runs(program: Program) -> bool:
    try:
        results = program.function()(*program.inputs(program.calls[0]))
    except Exception:  # whatever eager says of the new line
        return False
    return all(result.numel() > 0 and result.dim() < 4 for result in results)
