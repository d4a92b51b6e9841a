"""A captured graph to a callable. It reads as the way of a graph: raise, place, split, lower, build, link."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import fx

from torch_fpga.compiler import record
from torch_fpga.compiler.cached import CompiledGraph, Kept, can_be_kept, cpu_tag
from torch_fpga.compiler.dense import Dense, compile_dense
from torch_fpga.compiler.describe import graph_report, reasons
from torch_fpga.compiler.frame import Frame
from torch_fpga.compiler.graph_text import graph_text
from torch_fpga.compiler.link import Linker, device_of
from torch_fpga.compiler.lower_once import lowered_once
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.parts import Compiled, Part, forward_of, linking_of, part_of
from torch_fpga.compiler.steps import Steps
from torch_fpga.debug import GRAPHS, REASONS, TABLE, Dump
from torch_fpga.errors import FpgaError
from torch_fpga.options import Options
from torch_fpga.passes.fx.name_inputs import name_inputs
from torch_fpga.passes.fx.pipeline import DIVIDE, RAISE
from torch_fpga.passes.fx.place import place
from torch_fpga.passes.fx.split import Piece, split
from torch_fpga.report import GraphReport
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Device

_PIECES = " torch_fpga pieces 2"
"""Told apart from pieces of versions that compiled them as if their inputs shared memory: Inductor's key does not."""

OnSplit = Callable[[fx.GraphModule, list[Piece]], None]


class Compiler:
    """Compiles one functional ATen graph; ``keep`` says whether the result should be one that can be kept."""

    def __init__(
        self,
        options: Options,
        input_names: list[str],
        dump: Dump,
        frame: Frame,
        notes: list[str],
        keep: bool,
        user_tag: str,
        dry_run: bool,
        on_split: OnSplit | None,
    ) -> None:
        self.options, self.input_names, self.dump = options, input_names, dump
        self.frame, self.notes = frame, notes
        self.keep, self.user_tag, self.dry_run, self.on_split = keep, user_tag, dry_run, on_split
        self.steps = Steps()
        # What was made for a region, by the text of its work: the layers of a model are the same work.
        self.lowered: dict[str, Lowered] = {}
        self.compiled: dict[str, Dense] = {}

    def compile(self, graph: fx.GraphModule) -> CompiledGraph:
        timed = self.steps.timed
        self.keep = self.keep and can_be_kept(graph)  # capture may have found sizes that depend on data
        name_inputs(graph, self.input_names)
        graph.meta["resident"] = _resident(graph)
        self.dump.text("capture", lambda: graph.print_readable(print_output=False), "py", GRAPHS)
        for step in RAISE:
            timed("raise", step, graph)
            self.dump.text(step.__name__, lambda: graph.print_readable(print_output=False), "py", GRAPHS)
        placement = timed("place", place, graph, self.options)
        device = device_of(self.options)
        report = graph_report(self.dump.name, self.frame, graph, placement, self.notes)
        if lost := record.start(self.options, device, report):
            self.frame.warn(f"lost from the FPGA: {lost.region}; {lost.words}\n{lost.error}")
        self.dump.text("place", lambda: reasons(report), "txt", REASONS)
        self.dump.text("table", lambda: str(record.current()), "txt", TABLE)
        if self.dry_run and not self.on_split:
            return CompiledGraph(forward_of(graph), None)
        for step in DIVIDE:
            timed("split", step, graph)
            self.dump.text(step.__name__, lambda: graph.print_readable(print_output=False), "py", GRAPHS)
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
        if any(piece.device == "fpga" for piece in pieces):
            linker.prepare()
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
            if made.by == "inductor" and made.kept is None:
                self.keep = False
            return made.run

        run = linker.link(kept.linking, kept.parts, dense)
        report.steps = self.steps.report()
        report.status = kept.report.status = "ran"
        return CompiledGraph(run, kept if self.keep and not linker.failed else None)

    def lower(self, piece: Piece, cache: Cache) -> Lowered | FpgaError:
        try:
            name = f"{self.dump.name}_{piece.region}"
            arguments = (piece.graph, name, self.dump, cache, self.lowered)
            lowered: Lowered = self.steps.timed("lower", lowered_once, *arguments)
            return lowered
        except FpgaError as error:
            return error

    def dense(self, part: Part, graph: fx.GraphModule) -> Dense:
        path = self.dump.path(part.region, "onnx")
        if path is not None:
            from torch_fpga.compiler.onnx_dump import save_onnx

            save_onnx(graph, path)
        text = graph_text(graph)
        if text in self.compiled:
            return self.compiled[text]
        # What Inductor makes of a piece does not depend on our options, nor on where in a file the user's lines are.
        with torch.compiler.config.patch(cache_key_tag=self.user_tag + _PIECES + cpu_tag()):  # type: ignore[attr-defined]
            made: Dense = self.steps.timed("Inductor", compile_dense, graph, self.keep)
        if text is not None and not made.failed:  # a failure names the lines of its own piece
            self.compiled[text] = made
        return made


def _resident(graph: fx.GraphModule) -> set[str]:
    """Placeholders that are parameters or buffers: on the card after the first load."""
    context = torch._guards.TracingContext.try_get()
    metadata = context.fw_metadata if context else None
    placeholders = graph.graph.find_nodes(op="placeholder")
    return {placeholders[i].name for i in (metadata.static_input_indices if metadata else ())}
