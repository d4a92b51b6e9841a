"""``torch_fpga.explain``: everything up to placement, nothing built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

from torch_fpga import record
from torch_fpga.backend import compile_graph
from torch_fpga.errors import UserError
from torch_fpga.options import Options
from torch_fpga.report import Report


def explain(model: Any, *inputs: Any, **options: Any) -> Report:
    """See ``torch_fpga.explain``."""
    chosen = Options.parse(options)

    def backend(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> Any:
        return compile_graph(graph, example_inputs, chosen, dry_run=True)

    with record.apart() as report, torch.no_grad():
        torch.compile(model, backend=backend)(*inputs)
        made = report()
        if made is None:
            raise UserError("nothing was captured: the model has no tensor operation that torch.compile can see")
        return made
