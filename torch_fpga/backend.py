"""The function torch.compile calls: which graphs are compiled, how they are captured, and where results are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import fx
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import SerializableAOTDispatchCompiler

from torch_fpga.compiler import record
from torch_fpga.compiler.cached import CompiledGraph, cache_note, can_be_kept, key_tag, named
from torch_fpga.compiler.collector import collector_paused
from torch_fpga.compiler.frame import Frame, frame_of
from torch_fpga.compiler.link import device_of
from torch_fpga.compiler.overlap import overlapping_inputs
from torch_fpga.compiler.parts import Compiled, forward_of
from torch_fpga.compiler.probe import ask_early
from torch_fpga.compiler.strides import eager_strides
from torch_fpga.compiler.training_mode import training_mode
from torch_fpga.debug import TABLE, Dump, log
from torch_fpga.errors import UserError
from torch_fpga.options import Options
from torch_fpga.reasons import Reason

if TYPE_CHECKING:
    from torch_fpga.compiler.compile_graph import OnSplit


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
    return compile_graph(graph, example_inputs, Options.parse(options), dry_run=False)


@collector_paused()
def compile_graph(
    graph: fx.GraphModule,
    example_inputs: Sequence[Any],
    options: Options,
    dry_run: bool,
    on_split: OnSplit | None = None,
) -> Compiled:
    """Compiles a Dynamo graph; a dry run stops after placement and runs it in eager PyTorch.

    ``on_split`` takes a dry run one step further: it gets the linking graph and its pieces, and may replace them.
    """
    frame = frame_of(graph)
    if torch.is_grad_enabled() and _needs_gradients(graph, example_inputs):
        return _training(graph, example_inputs, options, dry_run, frame)
    if overlap := overlapping_inputs(graph, example_inputs):
        _whole(graph, options, dry_run, frame, Reason("inputs-overlap", " and ".join(overlap)))
        return forward_of(graph)
    notes = training_mode(graph)
    for note in notes:
        frame.warn(note)
    if not dry_run:
        ask_early(example_inputs, options.cache_dir)
    names = [node.name for node in graph.graph.find_nodes(op="placeholder")]
    dump = Dump()
    # Who wants to see the steps wants them taken.
    keep = not dry_run and not dump.wants(TABLE) and can_be_kept(graph)
    if keep and (note := cache_note()):
        log.warning(note)
        keep, notes = False, [*notes, note]
    user_tag: str = torch.compiler.config.cache_key_tag

    def compile_inference(captured: fx.GraphModule, fakes: Sequence[Any]) -> CompiledGraph:
        from torch_fpga.compiler.compile_graph import Compiler  # here: what was kept needs no passes

        return Compiler(options, names, dump, frame, notes, keep, user_tag, dry_run, on_split).compile(captured)

    inference = SerializableAOTDispatchCompiler(CompiledGraph, compile_inference) if keep else compile_inference
    capture = aot_autograd(
        fw_compiler=inference,
        bw_compiler=compile_inference,
        inference_compiler=inference,
        keep_inference_input_mutations=True,
    )
    if not keep:
        return eager_strides(capture(graph, example_inputs), graph)
    # The key of PyTorch's cache does not see what a backend goes by.
    tag = user_tag + key_tag(graph, example_inputs, frame, options)
    with (
        named(dump.name),
        torch.compiler.config.patch(cache_key_tag=tag),  # type: ignore[attr-defined]
        torch._functorch.config.patch(bundled_autograd_cache=True),
    ):
        return eager_strides(capture(graph, example_inputs), graph)


def _needs_gradients(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> bool:
    """Whether what leaves the graph needs a gradient: a result, or what it writes into an input that needed none."""
    inputs = zip(graph.graph.find_nodes(op="placeholder"), example_inputs, strict=True)
    written = [node for node, given in inputs if not getattr(given, "requires_grad", False)]
    leaving = (*graph.graph.output_node().all_input_nodes, *written)
    return any(getattr(node.meta["example_value"], "requires_grad", False) for node in leaving)


def _training(
    graph: fx.GraphModule, example_inputs: Sequence[Any], options: Options, dry_run: bool, frame: Frame
) -> Compiled:
    from torch._inductor.compile_fx import compile_fx

    _whole(graph, options, dry_run, frame, Reason("training"))
    return forward_of(graph) if dry_run else compile_fx(graph, example_inputs)  # type: ignore[return-value]


def _whole(graph: fx.GraphModule, options: Options, dry_run: bool, frame: Frame, reason: Reason) -> None:
    """Reports a graph that is not divided."""
    from torch_fpga.compiler.describe import whole_report

    record.start(options, device_of(options), whole_report(Dump().name, graph, frame, dry_run, reason))
    frame.warn(f"nothing of it goes to the FPGA: {reason.words}")
