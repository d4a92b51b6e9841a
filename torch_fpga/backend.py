"""The function torch.compile calls. It reads as the way of a graph: capture, raise, place, split, lower, build."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import torch
from functorch.compile import make_boxed_func
from torch import fx
from torch._dynamo.backends.common import aot_autograd
from torch.fx._lazy_graph_module import _LazyGraphModule

from torch_fpga import record
from torch_fpga.debug import GRAPHS, REASONS, TABLE, Dump, log
from torch_fpga.dense import compile_dense
from torch_fpga.errors import FpgaError, UserError
from torch_fpga.lowered import lowered_once
from torch_fpga.options import Options
from torch_fpga.passes.fx.name_inputs import name_inputs
from torch_fpga.passes.fx.pipeline import RAISE
from torch_fpga.passes.fx.place import place
from torch_fpga.passes.fx.reinplace_caches import reinplace_caches
from torch_fpga.passes.fx.split import Piece, split
from torch_fpga.probe import ask_early
from torch_fpga.runtime.build import Built, build
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Device, open_device
from torch_fpga.runtime.launch import Launch
from torch_fpga.verify import verified

Compiled = Callable[..., Any]
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
    names = [node.name for node in graph.graph.find_nodes(op="placeholder")]

    def compile_inference(captured: fx.GraphModule, fakes: Sequence[Any]) -> Compiled:
        return make_boxed_func(_Compiler(options, names, dry_run, on_split).compile(captured))

    if not dry_run:
        ask_early(example_inputs)
    # The key of PyTorch's caches does not see a backend's options.
    with torch.compiler.config.patch(  # type: ignore[attr-defined]
        cache_key_tag=f"torch_fpga {options.key()}"
    ):
        return aot_autograd(
            fw_compiler=compile_inference, inference_compiler=compile_inference, keep_inference_input_mutations=True
        )(graph, example_inputs)


def _needs_gradients(graph: fx.GraphModule, example_inputs: Sequence[Any]) -> bool:
    """Whether what leaves the graph needs a gradient: a result, or what it writes into an input that needed none."""
    inputs = zip(graph.graph.find_nodes(op="placeholder"), example_inputs, strict=True)
    written = [node for node, given in inputs if not getattr(given, "requires_grad", False)]
    leaving = (*graph.graph.output_node().all_input_nodes, *written)
    return any(getattr(node.meta["example_value"], "requires_grad", False) for node in leaving)


def _training(graph: fx.GraphModule, example_inputs: Sequence[Any], options: Options, dry_run: bool) -> Compiled:
    from torch._inductor.compile_fx import compile_fx

    record.training_graph(graph, options, _device(options), Dump().name)
    log.warning("a training graph stays on the GPU whole; for inference wrap the call in torch.no_grad()")
    return _forward(graph) if dry_run else compile_fx(graph, example_inputs)  # type: ignore[return-value]


class _Compiler:
    """Compiles one functional ATen graph."""

    def __init__(self, options: Options, input_names: list[str], dry_run: bool, on_split: OnSplit | None) -> None:
        self.options, self.input_names, self.dry_run, self.on_split = options, input_names, dry_run, on_split
        self.dump = Dump()
        self.steps: list[tuple[str, float]] = []

    def compile(self, graph: fx.GraphModule) -> Compiled:
        name_inputs(graph, self.input_names)
        graph.meta["resident"] = _resident(graph)
        self.dump.text("capture", lambda: graph.print_readable(print_output=False), "py", GRAPHS)
        for step in RAISE:
            self.timed("raise", step, graph)
            self.dump.text(step.__name__, lambda: graph.print_readable(print_output=False), "py", GRAPHS)
        placement = self.timed("place", place, graph, self.options)
        device = _device(self.options)
        report = record.graph_report(self.dump.name, graph, placement)
        record.start(self.options, device, report)
        self.dump.text("place", lambda: record.reasons(report), "txt", REASONS)
        self.dump.text("table", lambda: str(record.current()), "txt", TABLE)
        if self.dry_run and not self.on_split:
            return _forward(graph)
        reinplace_caches(graph)
        whole, pieces = self.timed("split", split, graph)
        self.dump.text("split", lambda: whole.print_readable(print_output=False), "py", GRAPHS)
        if self.on_split:
            self.on_split(whole, pieces)
            return _forward(whole)
        self.build(whole, pieces, device, report)
        report.steps = record.step_times(self.steps)
        report.status = "ran"
        return _forward(whole)

    def build(self, whole: fx.GraphModule, pieces: list[Piece], device: Device, report: record.GraphReport) -> None:
        """Sets a callable for every piece. Kernels are built while Inductor compiles the dense pieces."""
        cache = Cache(self.options.cache_dir)
        building = {p.region: self.start_kernel(p, cache) for p in pieces if p.device == "fpga"}
        if building:
            device.prepare()
        runs = {p.region: self.dense(p, report) for p in pieces if p.device == "gpu"}
        runs |= self.kernels([p for p in pieces if p.device == "fpga"], building, device, report)
        for piece in pieces:
            delattr(whole, str(piece.node.target))
            # A plain function, not a submodule: no module call on the way of every launch.
            whole.__dict__[str(piece.node.target)] = runs[piece.region]
        if cache.note:
            log.warning(cache.note)
            report.notes.append(cache.note)

    def dense(self, piece: Piece, report: record.GraphReport) -> Compiled:
        self.dump_onnx(piece)
        run, failed = self.timed("Inductor", compile_dense, piece.graph)
        record.compiled_by(report, piece.region, "eager" if failed else "inductor")
        if failed:
            record.fallback(report, piece.region, "inductor-failed", failed)
        return run

    def start_kernel(self, piece: Piece, cache: Cache) -> Future[Built] | FpgaError:
        try:
            name = f"{self.dump.name}_{piece.region}"
            lowered = self.timed("lower", lowered_once, piece.graph, name, self.dump, cache)
            return build(lowered.name, lowered.source, lowered.signature, cache)
        except FpgaError as error:
            return error

    def kernels(
        self,
        pieces: list[Piece],
        building: dict[str, Future[Built] | FpgaError],
        device: Device,
        report: record.GraphReport,
    ) -> dict[str, Compiled]:
        """A callable for every FPGA piece: its kernel, loaded with the others, or eager PyTorch where that fails."""
        runs: dict[str, Compiled] = {}
        ready: list[tuple[Piece, Built]] = []
        for piece in pieces:
            waiting = building[piece.region]
            try:
                if isinstance(waiting, FpgaError):
                    raise waiting
                ready.append((piece, self.timed("wait for kernels", waiting.result)))
            except FpgaError as error:
                runs[piece.region] = self.fall_back(piece, "kernel-failed", error, report)
        try:
            # One image for all, as one bitstream holds all kernels of a card.
            image = self.timed("load", device.load, [built for _, built in ready]) if ready else None
            for (piece, built), kernel in zip(ready, image.kernels if image else [], strict=True):
                launch = Launch(kernel, piece.resident)
                record.built(report, piece.region, built, launch)
                runs[piece.region] = self.callable_of(piece, launch, report)
        except FpgaError as error:
            for piece, _ in ready:
                runs[piece.region] = self.fall_back(piece, "load-failed", error, report)
        return runs

    def callable_of(self, piece: Piece, launch: Launch, report: record.GraphReport) -> Compiled:
        run: Compiled = launch
        if self.options.verify:
            run = verified(launch, piece.graph, record.region(report, piece.region))
        single = not isinstance(piece.graph.graph.output_node().args[0], (tuple, list))
        return (lambda *tensors: run(*tensors)[0]) if single else run

    def fall_back(self, piece: Piece, code: str, error: FpgaError, report: record.GraphReport) -> Compiled:
        log.warning("region %s runs in eager PyTorch: %s", piece.region, error)
        record.fallback(report, piece.region, code, str(error))
        return _forward(piece.graph)

    def dump_onnx(self, piece: Piece) -> None:
        path = self.dump.path(piece.region, "onnx")
        if path is not None:
            from torch_fpga.onnx_dump import save_onnx

            save_onnx(piece.graph, path)

    def timed(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            self.steps.append((name, time.perf_counter() - start))


def _device(options: Options) -> Device:
    return open_device(options.device, options.cache_dir, options.timeout, options.xclbin)


def _forward(graph: fx.GraphModule) -> Compiled:
    _LazyGraphModule.force_recompile(graph)  # else every call goes through two module calls more
    forward: Compiled = graph.forward
    return forward


def _resident(graph: fx.GraphModule) -> set[str]:
    """Placeholders that are parameters or buffers: on the card after the first load."""
    context = torch._guards.TracingContext.try_get()
    metadata = context.fw_metadata if context else None
    placeholders = graph.graph.find_nodes(op="placeholder")
    return {placeholders[i].name for i in (metadata.static_input_indices if metadata else ())}
