"""``torch_fpga.explain``: everything up to placement, nothing built."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import fx
from torch._dynamo import pgo

from torch_fpga.backend import compile_graph
from torch_fpga.compiler import record
from torch_fpga.errors import UserError
from torch_fpga.options import Options
from torch_fpga.report import Report

_NO_LIMIT = 1 << 30


def explain(model: Any, *inputs: Any, **options: Any) -> Report:
    """See ``torch_fpga.explain``."""
    chosen = Options.parse(options)

    def backend(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> Any:
        return compile_graph(graph, example_inputs, chosen, dry_run=True)

    with record.apart() as report:
        run_once(model, inputs, backend)
        made = report()
        if made is None:
            raise UserError("nothing was captured: the model has no tensor operation that torch.compile can see")
        return made


def run_once(model: Any, inputs: Sequence[Any], backend: Callable[..., Any]) -> None:
    """Compiles ``model`` with ``backend`` for the sizes of ``inputs``, and calls it in the caller's grad mode.

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
