"""The four steps of memory processing (arXiv 2603.29002), and the name of a step on the nodes of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ContextDecorator
from typing import Any, cast

from torch.fx.traceback import annotate

from torch_fpga.errors import UserError

STEPS = ("prepare", "relevancy", "retrieve", "apply")
"""In their order: write into the memory, score what is there, choose, use what was chosen."""

_KEY = "memory_step"


class _Named(AbstractContextManager[None], ContextDecorator):
    """What ``step`` gives, to a type checker: PyTorch's annotation is both."""


def step(name: str) -> _Named:
    """Names the operations of a block (``with step("relevancy"):``) or of a function (``@step("relevancy")``).

    Dynamo writes the name on their nodes and AOTAutograd keeps it, so the report can say it. Eager PyTorch computes the
    same with it and without. No graph break is possible inside.

    Raises:
        UserError: ``name`` is none of ``STEPS``.
    """
    if name not in STEPS:
        raise UserError(f"{name!r} is no step of memory processing", hint=f"the steps are {', '.join(STEPS)}")
    return cast(_Named, annotate({_KEY: name}))


def step_of(meta: Mapping[str, Any]) -> str:
    """The step that a node with this ``meta`` belongs to; empty for none."""
    return str(meta.get("custom", {}).get(_KEY, ""))
