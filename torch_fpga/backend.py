"""The function torch.compile calls. It reads as the way of a graph: capture, raise, place, split, lower, build."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import SerializableAOTDispatchCompiler

from torch_fpga import record
from torch_fpga.collector import collector_paused
from torch_fpga.debug import GRAPHS, REASONS, TABLE, Dump, log
from torch_fpga.dense import Dense, compile_dense
from torch_fpga.errors import FpgaError, UserError
from torch_fpga.kept import CompiledGraph, Kept, can_be_kept, key_tag
from torch_fpga.link import Linker, device_of
from torch_fpga.lowered import Lowered, lowered_once
from torch_fpga.options import Options
from torch_fpga.parts import Compiled, Part, forward_of, linking_of, part_of
from torch_fpga.passes.fx.name_inputs import name_inputs
from torch_fpga.passes.fx.pipeline import RAISE
from torch_fpga.passes.fx.place import place
from torch_fpga.passes.fx.reinplace_caches import reinplace_caches
from torch_fpga.passes.fx.split import Piece, split
from torch_fpga.probe import ask_early
from torch_fpga.report import GraphReport
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Device
from torch_fpga.steps import Steps

OnSplit = Callable[[fx.GraphModule, list[Piece]], None]


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
    if torch.is_grad_enabled() and _needs_gradients(graph, example_inputs):
        return _training(graph, example_inputs, options, dry_run)
    if not dry_run:
        ask_early(example_inputs, options.cache_dir)
    names = [node.name for node in graph.graph.find_nodes(op="placeholder")]
    dump = Dump()
    # Who wants to see the steps wants them taken.
    keep = not dry_run and not dump.wants(TABLE) and can_be_kept(example_inputs)
    compiler = _Compiler(options, names, dump, keep, dry_run, on_split)
    inference = compiler.compile
    if keep:
        inference = SerializableAOTDispatchCompiler(CompiledGraph, inference)  # type: ignore[assignment]
    # The key of PyTorch's caches does not see what a backend goes by.
    with (
        torch.compiler.config.patch(  # type: ignore[attr-defined]
            cache_key_tag=compiler.user_tag + key_tag(graph, dump.name, options)
        ),
        torch._functorch.config.patch(bundled_autograd_cache=keep),
        collector_paused(),
    ):
        return aot_autograd(
            fw_compiler=inference,
            bw_compiler=compiler.compile,
            inference_compiler=inference,
            keep_inference_input_mutations=True,
        )(graph, example_inputs)


def _needs_gradients(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> bool:
    """Whether what leaves the graph needs a gradient: a result, or what it writes into an input that needed none."""
    inputs = zip(graph.graph.find_nodes(op="placeholder"), example_inputs, strict=True)
    written = [node for node, given in inputs if not getattr(given, "requires_grad", False)]
    leaving = (*graph.graph.output_node().all_input_nodes, *written)
    return any(getattr(node.meta["example_value"], "requires_grad", False) for node in leaving)


def _training(graph: fx.GraphModule, example_inputs: Sequence[Any], options: Options, dry_run: bool) -> Compiled:
    from torch._inductor.compile_fx import compile_fx

    record.training_graph(graph, options, device_of(options), Dump().name)
    log.warning("a training graph stays on the GPU whole; for inference wrap the call in torch.no_grad()")
    return forward_of(graph) if dry_run else compile_fx(graph, example_inputs)  # type: ignore[return-value]


class _Compiler:
    """Compiles one functional ATen graph; ``keep`` says whether the result should be one that can be kept."""

    def __init__(
        self,
        options: Options,
        input_names: list[str],
        dump: Dump,
        keep: bool,
        dry_run: bool,
        on_split: OnSplit | None,
    ) -> None:
        self.options, self.input_names, self.dump = options, input_names, dump
        self.keep, self.dry_run, self.on_split = keep, dry_run, on_split
        self.user_tag: str = torch.compiler.config.cache_key_tag
        self.steps = Steps()

    def compile(self, graph: fx.GraphModule, fakes: Sequence[Any]) -> CompiledGraph:
        timed = self.steps.timed
        name_inputs(graph, self.input_names)
        graph.meta["resident"] = _resident(graph)
        self.dump.text("capture", lambda: graph.print_readable(print_output=False), "py", GRAPHS)
        for step in RAISE:
            timed("raise", step, graph)
            self.dump.text(step.__name__, lambda: graph.print_readable(print_output=False), "py", GRAPHS)
        placement = timed("place", place, graph, self.options)
        device = device_of(self.options)
        report = record.graph_report(self.dump.name, graph, placement)
        record.start(self.options, device, report)
        self.dump.text("place", lambda: record.reasons(report), "txt", REASONS)
        self.dump.text("table", lambda: str(record.current()), "txt", TABLE)
        if self.dry_run and not self.on_split:
            return CompiledGraph(forward_of(graph), None)
        reinplace_caches(graph)
        whole, pieces = timed("split", split, graph)
        self.dump.text("split", lambda: whole.print_readable(print_output=False), "py", GRAPHS)
        if self.on_split:
            self.on_split(whole, pieces)
            return CompiledGraph(forward_of(whole), None)
        return self.build(whole, pieces, device, report)

    def build(self, whole: fx.GraphModule, pieces: list[Piece], device: Device, report: GraphReport) -> CompiledGraph:
        """Kernels are built while Inductor compiles the dense pieces."""
        linker = Linker(self.options, device, report, self.steps, Cache(self.options.cache_dir))
        parts = {piece.region: part_of(piece) for piece in pieces}
        kept = Kept(linking_of(whole), list(parts.values()), self.options, copy.deepcopy(report))
        for piece in pieces:
            if piece.device == "fpga":
                parts[piece.region].kernel = self.lower(piece, linker.cache)
                linker.start(parts[piece.region])
        graphs = {piece.region: piece.graph for piece in pieces}

        def dense(part: Part) -> Compiled:
            made = self.dense(part, graphs[part.region])
            record.compiled_by(report, part.region, made.by)
            if made.failed:
                linker.failed = True
                record.fallback(report, part.region, "inductor-failed", made.failed)
            part.dense = made.kept
            return made.run

        run = linker.link(kept.linking, kept.parts, dense)
        report.steps = self.steps.report()
        report.status = kept.report.status = "ran"
        return CompiledGraph(run, kept if self.keep and not linker.failed else None)

    def lower(self, piece: Piece, cache: Cache) -> Lowered | FpgaError:
        try:
            name = f"{self.dump.name}_{piece.region}"
            lowered: Lowered = self.steps.timed("lower", lowered_once, piece.graph, name, self.dump, cache)
            return lowered
        except FpgaError as error:
            return error

    def dense(self, part: Part, graph: fx.GraphModule) -> Dense:
        path = self.dump.path(part.region, "onnx")
        if path is not None:
            from torch_fpga.onnx_dump import save_onnx

            save_onnx(graph, path)
        # What Inductor makes of a piece does not depend on our options, nor on where in a file the user's lines are.
        with torch.compiler.config.patch(cache_key_tag=self.user_tag):  # type: ignore[attr-defined]
            made: Dense = self.steps.timed("Inductor", compile_dense, graph, self.keep)
        return made


def _resident(graph: fx.GraphModule) -> set[str]:
    """Placeholders that are parameters or buffers: on the card after the first load."""
    context = torch._guards.TracingContext.try_get()
    metadata = context.fw_metadata if context else None
    placeholders = graph.graph.find_nodes(op="placeholder")
    return {placeholders[i].name for i in (metadata.static_input_indices if metadata else ())}
