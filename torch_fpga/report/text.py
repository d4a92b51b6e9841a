"""The report for a terminal of 120 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch_fpga.report import kernels, summary, units
from torch_fpga.report.columns import columns
from torch_fpga.report.data import GraphReport, RegionReport

if TYPE_CHECKING:
    from torch_fpga.report.report import Report

WIDTH = 120


def render(report: Report) -> str:
    lines = list(_header(report))
    for graph in report.graphs:
        lines += ["", *_graph(graph, str(report.options.get("placement", "")))]
    return "\n".join(line.rstrip() for line in lines)


def _header(report: Report) -> Iterator[str]:
    shown = {name: value for name, value in report.options.items() if name != "cache_dir" and value != ""}
    options = ", ".join(f"{name}={value}" for name, value in shown.items())
    yield from _wrap(f"torch_fpga {report.torch_fpga_version}, torch {report.torch_version}: {options}", "")
    reason = f" ({report.device_reason})" if report.device_reason else ""
    yield from _wrap(f"kernels run on: {report.device or 'nothing'}{reason}", "")
    if not report.graphs:
        yield "no graph was compiled"


def _graph(graph: GraphReport, placement: str) -> Iterator[str]:
    on_fpga = sum(node.device == "fpga" for node in graph.nodes)
    heading = f"{graph.title} ({graph.status}): {len(graph.nodes)} nodes, {on_fpga} of them on the FPGA"
    yield f"━━ {units.shorten(heading, WIDTH - 10)} ".ljust(WIDTH, "━")
    for note in graph.notes:
        yield from _wrap(f"note: {note}", "  ")
    if graph.regions:
        yield from _partition(graph, placement)
        yield ""
    for sentence in summary.verdict(graph, placement):
        yield from _wrap(sentence, "  ")
    yield from _nodes(graph)
    if graph.fallbacks:
        yield "  fallbacks (ran, but not as planned)"
        for fallback in graph.fallbacks:
            yield from _wrap(f"{fallback.region} [{fallback.reason_code}]: {fallback.words}", "    ")
            for line in fallback.error.splitlines():
                yield from _wrap(line, "      ")
    if graph.steps:
        steps = ", ".join(f"{step.name} {units.number(step.milliseconds)}" for step in graph.steps)
        yield from _wrap(f"steps, ms measured: {steps}", "  ")


def _partition(graph: GraphReport, placement: str) -> Iterator[str]:
    shown = [column for column in columns(placement) if column.terminal]
    rows = [["region", "on", *(column.header for column in shown)], ["", "", *(column.known for column in shown)]]
    rows += [[r.id, r.device.upper(), *(column.cell(r) for column in shown)] for r in graph.regions]
    widths = [max(units.columns(row[i]) for row in rows) for i in range(len(rows[0]))]
    for index, row in enumerate(rows):
        cells = [_pad(cell, width, left=i < 2) for i, (cell, width) in enumerate(zip(row, widths, strict=True))]
        yield "  " + "  ".join(cells)
        if index >= 2:
            yield from _region(graph.regions[index - 2])


def _pad(cell: str, width: int, left: bool) -> str:
    space = " " * (width - units.columns(cell))
    return cell + space if left else space + cell


def _region(region: RegionReport) -> Iterator[str]:
    indent = " " * 6
    about = f"{region.title or ', '.join(region.ops)}" + (
        f" (compiled by {region.compiled_by})" if region.compiled_by else ""
    )
    yield indent + units.shorten(about, WIDTH - len(indent))
    if steps := summary.steps(region):
        yield indent + steps
    if region.why:
        yield from _wrap(f"why: {region.why}", indent)
    if region.slower_than_gpu:
        yield from _wrap("by the model this region alone is slower on the FPGA, link included, than on the GPU", indent)
    if (launch := summary.launch(region)) and not region.kernel_of:
        yield from _wrap(launch, indent)
    if region.design is not None and not region.kernel_of:
        yield from _wrap(f"kernel, {region.design.known}: {kernels.line(region.design)}", indent)
    if (sizes := summary.sizes(region)) and not region.kernel_of:
        yield from _wrap(sizes, indent)
    if region.gap is not None:
        gap = f"{units.number(region.gap.max_abs)} absolute, {units.number(region.gap.max_rel)} relative"
        yield f"{indent}largest gap to eager, measured over {region.gap.outputs} outputs: {gap}"
    if data := summary.data(region):
        yield from _wrap(data, indent)
    if region.kernel_of:
        yield indent + kernel_of(region)
    elif region.kernel_cpp is not None:
        yield f"{indent}C++: {region.kernel_cpp}{built(region)}"  # not shortened: a person copies the path


def kernel_of(region: RegionReport) -> str:
    """``kernel of fpga1, launched 29 times``: of a region that shares the kernel of an earlier one."""
    calls = region.kernel_calls
    launched = f", launched {calls} times" if calls > 1 else ", launched once" if calls else ""
    return f"kernel of {region.kernel_of}{launched}"


def built(region: RegionReport) -> str:
    """`` (built in 3.1 s)``: how the kernel came to be."""
    if region.cache_hit:
        return " (taken from the cache)"
    return "" if region.build_seconds is None else f" (built in {units.number(region.build_seconds)} s)"


def _nodes(graph: GraphReport) -> Iterator[str]:
    device = None
    for group in summary.by_reason(graph):
        if group.device != device:
            device = group.device
            yield "  " + ("nodes on the FPGA, and why" if device == "fpga" else "nodes not on the FPGA, and why")
        yield from _wrap(f"{group.code}: {group.words}", f"    {len(group.nodes):4} x ", hang=13)
        yield " " * 11 + units.shorten(group.ops(), WIDTH - 11)
        example = group.example
        why = f" ({more})" if (more := summary.detail(example)) else ""
        yield " " * 11 + units.shorten(f"e.g. {example.name}: {example.source or example.op}{why}", WIDTH - 11)


def _wrap(text: str, indent: str, hang: int | None = None) -> list[str]:
    """Indents ``text``; what does not fit goes on, indented by ``hang`` columns."""
    text = units.shorten(text, 100_000)
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * (len(indent) + 2 if hang is None else hang),
        break_long_words=False,
        break_on_hyphens=False,
    )
