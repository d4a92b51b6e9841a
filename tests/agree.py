"""Compares a compiled function with eager PyTorch in all that a caller can see."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch._dynamo.exc import BackendCompilerFailed

import torch_fpga
from torch_fpga.compiler import record

EMULATION = {"device": "emulation"}
NOT_BUILT = "not built in this test"


def differences(
    function: Callable[..., Any],
    calls: Iterable[Sequence[Any]],
    options: dict[str, Any],
    rounded: bool = False,
    backend: str = "fpga",
) -> list[str]:
    """What differs in the calls, one after the other: values, dtypes, strides, shared memory, writes, errors.

    And what fell back to eager PyTorch, for that is no answer of ours. The buffers of a module count as inputs. With
    ``rounded`` there are 16-bit floats on the way, which Inductor does not round where it fuses.
    """
    torch._dynamo.reset()
    record.reset()
    twin = copy.deepcopy(function)
    compiled = torch.compile(
        twin, backend=backend, **({"options": {**EMULATION, **options}} if backend == "fpga" else {})
    )
    states = [list(f.buffers()) if isinstance(f, torch.nn.Module) else [] for f in (function, twin)]
    found: list[str] = []
    with torch.no_grad():
        for number, inputs in enumerate(calls):
            others = copy.deepcopy(tuple(inputs))  # with its strides, and memory shared as it was
            want, got = _outcome(function, inputs), _outcome(compiled, others)
            if isinstance(want, Exception) or isinstance(got, Exception):
                if not _same_error(want, got):
                    found.append(f"call {number}: eager {_short(want)}, compiled {_short(got)}")
                continue  # what an input holds after an error is not defined
            inputs, others = (*inputs, *states[0]), (*others, *states[1])
            found += [f"call {number}: {text}" for text in _compare(want, got, inputs, others, rounded)]
    report = torch_fpga.last_report()
    rows = [row for graph in report.graphs for row in graph.fallbacks] if report else []
    fallbacks = [row for row in rows if row.reason_code != "size-changed" and NOT_BUILT not in row.error]
    return found + [f"{fallback.region} fell back: {fallback.error[:300]}" for fallback in fallbacks]


def _outcome(function: Callable[..., Any], inputs: Sequence[Any]) -> Any:
    try:
        return function(*inputs)
    except Exception as error:
        return error


def _same_error(want: Any, got: Any) -> bool:
    """Dynamo raises kinds of its own for what fails while it looks at the program; a failing backend is a fault."""
    return isinstance(want, Exception) and isinstance(got, type(want)) and not isinstance(got, BackendCompilerFailed)


def _short(outcome: Any) -> str:
    return f"raises {type(outcome).__name__}: {str(outcome)[:300]}" if isinstance(outcome, Exception) else "runs"


def _compare(want: Any, got: Any, inputs: Sequence[Any], others: Sequence[Any], rounded: bool) -> list[str]:
    found = []
    (want, got), (inputs, others) = map(_tensors, (want, got)), map(_tensors, (inputs, others))
    if len(want) != len(got):
        return [f"{len(want)} results, compiled {len(got)}"]
    names = [f"result {i}" for i in range(len(want))] + [f"input {i}" for i in range(len(inputs))]
    for name, a, b in zip(names, want + inputs, got + others, strict=True):
        if (a.dtype, a.shape) != (b.dtype, b.shape):
            found.append(f"{name}: {a.dtype} {tuple(a.shape)}, compiled {b.dtype} {tuple(b.shape)}")
            continue
        if _strides(a) != _strides(b):
            found.append(f"{name}: strides {a.stride()}, compiled {b.stride()}")
        if not _close(a, b, rounded):
            found.append(f"{name}: {a.tolist()}, compiled {b.tolist()}")
    if _sharing(want + inputs) != _sharing(got + others):
        found.append(f"shares memory: {_sharing(want + inputs)}, compiled {_sharing(got + others)}")
    return found


def _tensors(values: Any) -> list[torch.Tensor]:
    values = values if isinstance(values, (tuple, list)) else [values]
    return [value for value in values if isinstance(value, torch.Tensor)]


def _strides(tensor: torch.Tensor) -> list[int]:
    """Those that mean something."""
    return [stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if size > 1]


def _close(a: torch.Tensor, b: torch.Tensor, rounded: bool) -> bool:
    if not a.dtype.is_floating_point and not a.dtype.is_complex:
        return torch.equal(a, b)
    # Of 8 bits, the step from a number to the next.
    known = {torch.float16: 2e-2, torch.bfloat16: 1e-1, torch.float8_e4m3fn: 1.25e-1}
    loose = 1e-1 if rounded else known.get(a.dtype, 1e-3)
    if a.element_size() == 1:  # PyTorch compares none of these
        a, b = a.float(), b.float()
    return torch.allclose(a, b, rtol=loose, atol=loose, equal_nan=True)


def _sharing(tensors: list[torch.Tensor]) -> list[tuple[int, int]]:
    """The pairs that share memory."""
    places = [tensor.untyped_storage().data_ptr() for tensor in tensors]
    return [(i, j) for (i, a), (j, b) in itertools.combinations(enumerate(places), 2) if a == b]
