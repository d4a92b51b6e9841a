"""One run of a model whose graphs are planned and not realised: what explain and export have in common."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from functorch.compile import make_boxed_func
from torch import fx
from torch._dynamo import pgo

from torch_fpga.compiler import record
from torch_fpga.compiler.capture import Request, capture
from torch_fpga.compiler.collector import collector_paused
from torch_fpga.compiler.frame import frame_of
from torch_fpga.compiler.plan import Plan, plan
from torch_fpga.compiler.region_code import Compiled, forward_of
from torch_fpga.compiler.undivided import report_undivided, why_undivided
from torch_fpga.options import Options
from torch_fpga.report import Report

_NO_LIMIT = 1 << 30


def run_planned(
    model: Any, inputs: Sequence[Any], options: Options, stand_in: Callable[[Plan], Compiled]
) -> Report | None:
    """Runs ``model`` once, in the caller's grad mode, and returns the report of it apart from the process's.

    Args:
        model: a module or function, compiled or not.
        inputs: its positional arguments. Their sizes are taken as fixed.
        options: the backend's.
        stand_in: makes what is called in place of a planned graph. A graph that needs gradients is not planned.

    Returns:
        What was planned; None if nothing was captured.

    Raises:
        BackendCompilerFailed: Dynamo's, for an error of a planning step, which is its ``inner_exception``.
    """

    @collector_paused()
    def backend(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> Any:
        frame = frame_of(graph)
        if reason := why_undivided(graph, example_inputs):
            report_undivided(graph, options, frame, reason, "planned")
            return forward_of(graph)
        request = Request.of(graph, options, frame)
        return capture(graph, example_inputs, lambda captured, _: make_boxed_func(stand_in(plan(captured, request))))

    with record.apart() as apart:
        _run_once(model, inputs, backend)
        return apart.current()


def _run_once(model: Any, inputs: Sequence[Any], backend: Callable[..., Any]) -> None:
    """Compiles ``model`` with ``backend`` for the sizes of ``inputs``, and calls it.

    Nothing that was compiled before decides, nor is it touched: sizes that changed between earlier calls stay fixed
    here, and a function that Dynamo has given up, as compiled too often, is compiled.
    """
    settings = torch._dynamo.config.patch(
        accumulated_recompile_limit=_NO_LIMIT, automatic_dynamic_local_pgo=False, automatic_dynamic_remote_pgo=False
    )
    with settings, _no_profile():
        # PyTorch's annotations lack isolate_recompiles.
        torch.compile(model, backend=backend, dynamic=False, isolate_recompiles=True)(*inputs)  # type: ignore[call-overload]


@contextlib.contextmanager
def _no_profile() -> Iterator[None]:
    """Dynamo notes the sizes that it saw, to make symbolic what changes; here it neither sees nor writes its notes."""
    before = pgo._CODE_STATE
    pgo._CODE_STATE = collections.defaultdict(pgo.CodeState)
    try:
        yield
    finally:
        pgo._CODE_STATE = before
