"""``torch_fpga.explain``: everything up to placement, nothing built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx

from torch_fpga import record
from torch_fpga.backend import compile_graph
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
    """Compiles ``model`` with ``backend`` and calls it.

    Dynamo gives up a function that was compiled too often; here it must not, for each time counts.
    """
    limits = torch._dynamo.config.patch(recompile_limit=_NO_LIMIT, accumulated_recompile_limit=_NO_LIMIT)
    with limits, torch.no_grad():
        torch.compile(model, backend=backend)(*inputs)
