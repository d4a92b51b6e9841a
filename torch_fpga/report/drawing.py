"""A graph's regions, inputs and output as shapes with coordinates; the page turns them into SVG."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

from torch_fpga.report import summary, units
from torch_fpga.report.columns import estimate
from torch_fpga.report.data import EdgeReport, GraphReport, RegionReport
from torch_fpga.report.layout import Point, layout

_CHARACTER = 6.9  # mean width of a character of the drawing's 12 px font
_LINE = 16.0
_BOX_WIDTH = 240.0
_NAMES = 3  # inputs that are named in a box; the rest are counted


@dataclasses.dataclass
class Box:
    """``lines`` stand in the box, ``region`` is None for inputs and the output."""

    name: str
    heading: str
    lines: list[str]
    region: RegionReport | None
    width: float
    height: float
    x: float = 0.0  # left
    y: float = 0.0  # top


@dataclasses.dataclass
class Line:
    """An edge: all tensors from one box to another."""

    src: str
    dst: str
    label: str
    size: str
    crosses_link: bool
    title: str
    path: str = ""
    label_at: Point = (0.0, 0.0)


@dataclasses.dataclass
class Drawing:
    width: float
    height: float
    boxes: list[Box]
    lines: list[Line]


def draw(graph: GraphReport) -> Drawing:
    edges = [edge for edge in graph.edges if not edge.resident]
    boxes = {region.id: _region_box(region, graph) for region in graph.regions}
    ends: dict[tuple[str, str], list[EdgeReport]] = {}
    inputs = _inputs(edges)
    for edge in edges:
        src = inputs.get(edge.src, edge.src)
        ends.setdefault((src, edge.dst), []).append(edge)
    for src in dict.fromkeys(inputs.values()):
        boxes[src] = _input_box(src, [name for name, box in inputs.items() if box == src])
    if any(edge.dst == "output" for edge in edges):
        boxes["output"] = Box("output", "output", [], None, 84.0, 30.0)
    lines = {
        (src, dst): _line(src, dst, tensors)
        for (src, dst), tensors in ends.items()
        if src in boxes and dst in boxes and src != dst
    }
    placed = layout(
        {name: (box.width, box.height) for name, box in boxes.items()},
        {key: max(_width(line.label), _width(line.size)) for key, line in lines.items()},
    )
    for name, box in boxes.items():
        x, y = placed.boxes[name]
        box.x, box.y = x - box.width / 2, y - box.height / 2
    for key, line in lines.items():
        line.path, line.label_at = _curve(placed.routes[key]), placed.labels[key]
    return Drawing(placed.width, placed.height, list(boxes.values()), list(lines.values()))


def _region_box(region: RegionReport, graph: GraphReport) -> Box:
    fits = int((_BOX_WIDTH - 24) / _CHARACTER)
    lines = [units.shorten(region.title or ", ".join(region.ops), fits)]
    lines += [units.shorten(summary.steps(region), fits)] * bool(region.steps)
    lines.append(f"GPU {estimate(region.gpu_us)} µs, FPGA {estimate(region.fpga_us)} µs (est.)")
    resident = [edge for edge in graph.edges if edge.resident and edge.dst == region.id]
    if resident:
        what = resident[0].tensor if len(resident) == 1 else f"{len(resident)} tensors"
        lines.append(units.shorten(f"resident {units.size(sum(edge.bytes for edge in resident))}: {what}", fits))
    return Box(region.id, region.id, lines, region, _BOX_WIDTH, 34 + _LINE * len(lines))


def _inputs(edges: list[EdgeReport]) -> dict[str, str]:
    """The box of each input. Inputs that go to the same places share one: a model may have hundreds."""
    readers: dict[str, set[str]] = {}
    for edge in edges:
        if edge.src.startswith("input:"):
            readers.setdefault(edge.src, set()).add(edge.dst)
    first: dict[frozenset[str], str] = {}
    return {name: first.setdefault(frozenset(found), name) for name, found in readers.items()}


def _input_box(name: str, members: list[str]) -> Box:
    names = [units.shorten(member.removeprefix("input:"), 24) for member in members]
    if len(names) > _NAMES + 1:
        names[_NAMES:] = [f"and {len(names) - _NAMES} more"]
    heading = "input" if len(members) == 1 else f"{len(members)} inputs"
    width = max(_width(text) for text in (heading, *names)) + 24
    return Box(name, heading, names, None, width, 28 + _LINE * len(names))


def _line(src: str, dst: str, tensors: list[EdgeReport]) -> Line:
    label = tensors[0].tensor if len(tensors) == 1 else f"{len(tensors)} tensors"
    listed = [f"{t.tensor} {t.shape} {t.dtype}, {units.size(t.bytes)}" for t in tensors]
    crosses = any(t.crosses_link for t in tensors)
    way = f"{src} to {dst}" + (", over the link" if crosses else "")
    size = units.size(sum(t.bytes for t in tensors))
    return Line(src, dst, units.shorten(label, 22), size, crosses, "\n".join([way, *listed]))


def _width(text: str) -> float:
    return units.columns(text) * _CHARACTER


def _curve(points: list[Point]) -> str:
    """Through ``points``, upright at each of them."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        parts.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}")
    return "".join(parts)
