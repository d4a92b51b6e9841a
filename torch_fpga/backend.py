"""The function torch.compile calls: which graphs are compiled, how they are captured, and where results are cached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

from torch_fpga.compiler import record
from torch_fpga.compiler.cached import CompiledGraph, cache_note, can_be_cached, key_tag, named
from torch_fpga.compiler.capture import Request, capture
from torch_fpga.compiler.collector import collector_paused
from torch_fpga.compiler.frame import frame_of
from torch_fpga.compiler.overlap import unless_overlapping
from torch_fpga.compiler.probe import ask_early
from torch_fpga.compiler.refused import refused_in_eager
from torch_fpga.compiler.region_code import Compiled, forward_of
from torch_fpga.compiler.undivided import report_undivided, why_undivided
from torch_fpga.debug import TABLE, log
from torch_fpga.errors import UserError
from torch_fpga.options import Options
from torch_fpga.reasons import Reason


@collector_paused()
def fpga(
    graph: fx.GraphModule,
    example_inputs: Sequence[Any],
    *,
    options: dict[str, Any] | None = None,
    mode: str | None = None,
) -> Compiled:
    """The backend ``"fpga"``. Raises UserError for an option it does not know."""
    if mode not in (None, "default"):
        raise UserError(f"mode={mode!r} is Inductor's", code="bad-option", hint="use options={...}")
    chosen = Options.parse(options)
    frame = frame_of(graph)
    if reason := why_undivided(graph, example_inputs):
        report_undivided(graph, chosen, frame, reason, "ran")
        return _undivided(graph, example_inputs, reason)
    request = Request.of(graph, chosen, frame)
    ask_early(example_inputs, chosen.cache_dir)
    # Who wants to see the steps wants them taken.
    cacheable = not request.dump.wants(TABLE) and can_be_cached(graph)
    if cacheable and (note := cache_note()):
        log.warning(note)
        request.notes.append(note)
        cacheable = False

    def inner(captured: fx.GraphModule, fakes: Sequence[Any]) -> CompiledGraph:
        # Here: a cached graph needs no passes.
        from torch_fpga.compiler.divide import divide
        from torch_fpga.compiler.plan import plan
        from torch_fpga.compiler.realise import realise

        if refused := refused_in_eager(captured):
            report_undivided(captured, chosen, frame, Reason("refused-in-eager", refused), "ran")
            return CompiledGraph(forward_of(captured), None)
        # Asked of what was captured, before it is changed: capture may have found sizes that depend on data.
        fits_cache = cacheable and can_be_cached(captured)
        return realise(divide(plan(captured, request)), fits_cache)

    def overlapping(names: str) -> None:
        reason = Reason("inputs-overlap", names)
        record.whole_graph_fell_back(request.dump.name, reason)
        frame.warn(f"a call does not use the FPGA: {reason.words}")

    if not cacheable:
        return unless_overlapping(capture(graph, example_inputs, inner), graph, example_inputs, overlapping)
    # The key of PyTorch's cache does not see what a backend goes by.
    tag = request.user_tag + key_tag(graph, example_inputs, frame, chosen)
    with (
        named(request.dump.name),
        torch.compiler.config.patch(cache_key_tag=tag),  # type: ignore[attr-defined]
        torch._functorch.config.patch(bundled_autograd_cache=True),
    ):
        compiled = capture(graph, example_inputs, inner, cacheable=True)
    return unless_overlapping(compiled, graph, example_inputs, overlapping)


def _undivided(graph: fx.GraphModule, example_inputs: Sequence[Any], reason: Reason) -> Compiled:
    if reason.code != "training":
        return forward_of(graph)
    from torch._inductor.compile_fx import compile_fx

    return compile_fx(graph, example_inputs)  # type: ignore[return-value]
