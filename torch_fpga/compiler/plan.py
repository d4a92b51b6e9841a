"""The first step of three: what of a captured graph runs where, and why. ``explain`` stops here."""

from __future__ import annotations

import dataclasses

import torch
from torch import fx

from torch_fpga.compiler import record
from torch_fpga.compiler.bounds import bounds_of
from torch_fpga.compiler.capture import Request
from torch_fpga.compiler.describe import graph_report, reasons
from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.price import Designs
from torch_fpga.compiler.sized_regions import settle_sizes
from torch_fpga.compiler.stamped import stamped
from torch_fpga.compiler.step_times import StepTimes
from torch_fpga.debug import REASONS, TABLE
from torch_fpga.options import Options
from torch_fpga.passes.fx.name_inputs import name_inputs
from torch_fpga.passes.fx.pipeline import RAISE
from torch_fpga.passes.fx.place import place
from torch_fpga.report import GraphReport, budget, kernels
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Device
from torch_fpga.runtime.open_device import device_of
from torch_fpga.targets.fpga import load_target
from torch_fpga.targets.kernel import KernelOptions, kernel_options
from torch_fpga.targets.launch import launching


@dataclasses.dataclass(frozen=True)
class Plan:
    """A placed graph, whose nodes say their device and region, and its report, which has been added to the process's.

    ``device`` is what would run the kernels; ``steps`` is what the steps took so far; ``kernels`` lowers the regions.
    """

    request: Request
    graph: fx.GraphModule
    report: GraphReport
    device: Device
    steps: StepTimes
    kernels: Kernels


@stamped()
def plan(graph: fx.GraphModule, request: Request) -> Plan:
    """Raises and places a functional ATen graph, in place, and reports it."""
    options, dump, steps = request.options, request.dump, StepTimes()
    name_inputs(graph, request.input_names)
    graph.meta["resident"] = _resident(graph)
    dump.graph("capture", graph)
    for step in RAISE:
        steps.timed("raise", step, graph)
        dump.graph(step.__name__, graph)
    lowering = Kernels(Cache(options.cache_dir), kernel_options(options.target))
    lowering.bounds = bounds_of(graph.graph, request.frame, options.bounds)
    designs = Designs(lowering)
    placement = steps.timed("place", place, graph, options, designs.cost)
    while steps.timed("lower", settle_sizes, _on_fpga(graph).values(), designs):
        placement = steps.timed("place", place, graph, options, designs.cost)
    if steps.timed("share the card", designs.share_card, _on_fpga(graph).values()):
        # Smaller kernels are slower: some may not pay any more.
        placement = steps.timed("place", place, graph, options, designs.cost)
    device = device_of(options)
    report = graph_report(dump.name, request.frame, graph, placement, request.notes)
    _launch(report, options)
    _judge(report, graph, designs)
    if over := [excess for excess in budget.excesses(kernels.designs(report)) if excess.whole]:
        words = "; ".join(excess.words for excess in over)
        request.frame.warn(f"the kernels do not fit the {options.target} together: {words}")
    if lost := record.start(options, device, report):
        request.frame.warn(f"lost from the FPGA: {lost.region}; {lost.words}\n{lost.error}")
    dump.text("place", lambda: reasons(report), "txt", REASONS)
    dump.text("table", lambda: str(record.current()), "txt", TABLE)
    return Plan(request, graph, report, device, steps, lowering)


def _on_fpga(graph: fx.GraphModule) -> dict[str, list[fx.Node]]:
    """The nodes of each FPGA region of a placed graph, by its id."""
    regions: dict[str, list[fx.Node]] = {}
    for node in graph.graph.nodes:
        if node.meta.get("device") == "fpga":
            regions.setdefault(node.meta["region"], []).append(node)
    return regions


def _launch(report: GraphReport, options: Options) -> None:
    """Tells each FPGA region how a card runs it."""
    by = launching(options.launch, options.target, load_target(options.target))
    for region in report.on("fpga"):
        region.launch, region.launch_us, region.launch_why = by.way, by.us, by.why


def _judge(report: GraphReport, graph: fx.GraphModule, designs: Designs) -> None:
    """Gives each FPGA region the judgement of its kernel, or the earlier region whose kernel it has."""
    first: dict[str, str] = {}
    smaller: list[str] = []
    regions = _on_fpga(graph)
    for region in report.on("fpga"):
        nodes = regions[region.id]
        kernel = designs.kernel(nodes)
        if kernel is not None:
            owner = first.setdefault(kernel.name, region.id)
            region.design, region.kernel_of = kernel.design, owner if owner != region.id else ""
            smaller += [_smaller(region.id, options) for options in designs.smaller(nodes) if owner == region.id]
    if smaller:
        report.notes.append(f"the card: so that all kernels fit it together, {'; '.join(smaller)}")
    report.notes += [f"the card: {excess.words}" for excess in budget.excesses(kernels.designs(report))]


def _smaller(region: str, options: KernelOptions) -> str:
    return f"{region} has at most {options.ports} memory ports and {options.lanes} lanes"


def _resident(graph: fx.GraphModule) -> set[str]:
    """Placeholders that are parameters or buffers: on the card after the first load."""
    context = torch._guards.TracingContext.try_get()
    metadata = context.fw_metadata if context else None
    placeholders = graph.graph.find_nodes(op="placeholder")
    return {placeholders[i].name for i in (metadata.static_input_indices if metadata else ())}
